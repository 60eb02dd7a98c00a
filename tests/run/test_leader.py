"""The process that starts the command says what comes of that, also if it is nothing, and hears that it was heard."""

import errno
import os
import resource
import signal
import socket

from progressd.run.account import Ending
from progressd.run.leader import TOLD, Launch, lead
from progressd.run.wiring import Wiring

NOBODY = 65534
"""A user with limits: root has none."""


def test_a_command_for_which_there_is_no_process_is_told_to_have_failed() -> None:
    ours, leader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        child = os.fork()
        if not child:
            try:
                ours.close()
                if not os.geteuid():
                    os.setuid(NOBODY)
                resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
                lead(leader, Wiring(), Launch(["true"], {}, set()), lambda _: None)
            finally:
                os._exit(1)
        leader.close()

        assert ours.recv(100) == b"failed %d" % errno.EAGAIN
        assert os.waitpid(child, 0)[1] == 0


def test_it_hears_that_its_end_was_told_also_if_all_have_left_meanwhile() -> None:
    ours, leader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    heard, said = os.pipe()

    def tell_alone(_: Ending) -> None:
        os.write(said, b"alone")

    child = os.fork()
    if not child:
        try:
            ours.close()
            lead(leader, Wiring(), Launch(["true"], {}, set()), tell_alone)
        finally:
            os._exit(1)
    leader.close()
    os.close(said)
    with ours:
        assert ours.recv(100).startswith(b"started")
        # It stays unread, as with those who leave it for whoever may have to go on.
        assert ours.recv(100, socket.MSG_PEEK).startswith(b"ended")
        os.kill(child, signal.SIGSTOP)  # a busy machine gives it no time
        ours.send(TOLD)
        ours.close()
        os.kill(child, signal.SIGCONT)

        assert os.waitpid(child, 0)[1] == 0
        assert os.read(heard, 100) == b""
    os.close(heard)

"""The process that starts the command says what comes of that, also if it is nothing."""

import errno
import os
import resource
import socket

from progressd.run.leader import Launch, lead
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

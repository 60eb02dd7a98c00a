"""The order in which what happens to a command is told."""

import os
import socket
import time

import pytest

from progressd.run.account import Account
from progressd.run.copying import Copying
from progressd.run.tee import OUTPUT, RECORD, Frames, Tee
from progressd.run.wiring import Output, Wiring


def test_what_a_command_writes_is_told_after_its_start_though_it_is_there_before() -> None:
    source, end = os.pipe()
    os.set_blocking(source, False)
    os.write(end, b"early\n")
    os.close(end)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    wiring = Wiring()
    wiring.outputs.append(Output(source, nowhere, "stdout", is_terminal=False))
    ours, leader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs, reporter = socket.socketpair()
    tee = Tee(theirs)
    account = Account("t", {}, "true", time.time)
    copying = Copying(wiring, ours, tee, account)
    copying.on_start = lambda _: tee.record(account.begun())
    with ours, leader, theirs, reporter:
        for said in ("started 7", "ended 0 0.0 0"):
            leader.send(said.encode())
        copying.run()
        tee.pump()
        kinds = [kind for kind, *_ in Frames().feed(reporter.recv(4096))]
    os.close(nowhere)

    assert [kind for kind in kinds if kind in (OUTPUT, RECORD)] == [RECORD, OUTPUT]


@pytest.mark.parametrize("answered", [False, True])
def test_a_leader_that_is_killed_before_it_reads_an_answer_is_heard_to_the_end(answered: bool) -> None:
    ours, leader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs, reporter = socket.socketpair()
    copying = Copying(Wiring(), ours, Tee(theirs), Account("t", {}, "true", time.time))

    def stop(_: int) -> bytes:
        if answered:
            ours.send(b"ready")
        leader.close()
        return b"ready"

    copying.on_stop = stop
    with ours, theirs, reporter:
        for said in ("started 7", "stopped 19", "ended 9 0.0 0"):
            leader.send(said.encode())
        copying.run()

    assert copying.ending is not None
    assert copying.ending.status == 9

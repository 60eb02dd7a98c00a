"""What the runner tells the reporter: in order, bounded, and never waited for."""

import fcntl
import resource
import socket
from threading import Thread

from progressd.run.command import BETWEEN, wait_for_reporter
from progressd.run.tee import CLOSED, GAP, HEAD, KEPT, OUTPUT, RECORD, TOLD, Frames, Tee
from tests.daemon import PATIENCE


def pair() -> tuple[Tee, socket.socket]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)
    tee = Tee(ours)
    tee.held = ours  # type: ignore[attr-defined]
    return tee, theirs


def heard(tee: Tee, theirs: socket.socket) -> list[tuple[bytes, int, bytes]]:
    """Let the other end read all that there is."""
    frames = Frames()
    found: list[tuple[bytes, int, bytes]] = []
    while True:
        tee.pump()
        try:
            chunk = theirs.recv(1000)
        except BlockingIOError:
            return found
        found += [(kind, number, said) for kind, number, _, said in frames.feed(chunk)]


def test_what_is_said_arrives_in_order() -> None:
    tee, theirs = pair()
    with theirs, tee.held:  # type: ignore[attr-defined]
        tee.output(1, b"out", 1.0)
        tee.record({"type": "stop"})
        tee.ask()

        found = heard(tee, theirs)
        assert [kind for kind, _, _ in found] == [OUTPUT, RECORD, TOLD]
        assert found[0] == (OUTPUT, 1, b"out")
        assert not tee.is_waiting


def test_of_too_much_the_newest_is_kept_and_every_byte_accounted_for() -> None:
    tee, theirs = pair()
    with theirs, tee.held:  # type: ignore[attr-defined]
        tee.pump()
        for number in range(3 * KEPT // 1000):
            tee.output(number % 2, b"%06d" % number + b"." * 994, 1.0)
            if number == 500:
                tee.record({"type": "update"})
        found = heard(tee, theirs)

    for output in (0, 1):
        arrived = sum(len(said) for kind, number, said in found if kind == OUTPUT and number == output)
        gone = sum(int.from_bytes(said, "big") for kind, number, said in found if kind == GAP and number == output)
        assert gone > 0
        assert arrived + gone == 1000 * ((3 * KEPT // 1000 + 1 - output) // 2)
    assert found[-1][2].startswith(b"%06d" % (3 * KEPT // 1000 - 1))
    assert [kind for kind, _, _ in found].count(RECORD) == 1
    assert [kind for kind, _, _ in found].count(GAP) == 2


def test_an_output_that_nobody_wants_is_told_before_all_that_waits() -> None:
    tee, theirs = pair()
    with theirs, tee.held:  # type: ignore[attr-defined]
        tee.output(0, b"x", 1.0)
        tee.closed(1)

        assert [kind for kind, _, _ in heard(tee, theirs)] == [CLOSED, OUTPUT]


def test_a_reporter_that_is_gone_is_told_nothing() -> None:
    tee, theirs = pair()
    with tee.held:  # type: ignore[attr-defined]
        theirs.close()
        tee.output(0, b"x", 1.0)
        tee.pump()
        tee.output(0, b"y", 1.0)

        assert tee.is_dead
        assert not tee.is_waiting


def test_another_reporter_hears_nothing_of_what_the_first_had_only_half() -> None:
    (tee, first), (other, second) = pair(), pair()
    with second, other.held:  # type: ignore[attr-defined]
        tee.output(0, b"x" * KEPT, 1.0)
        tee.pump()
        first.close()
        assert tee.receive() == b""
        assert tee.is_waiting
        tee.replace(other)
        tee.record({})

        assert [kind for kind, _, _ in heard(tee, second)] == [RECORD]


def test_if_the_reporter_is_far_behind_only_who_has_patience_waits_for_its_answer() -> None:
    theirs, ours = socket.socketpair()
    with theirs, ours:
        tee = Tee(ours)
        theirs.send(b"\1")
        tee.output(0, b"x" * KEPT, 0.0)

        assert wait_for_reporter(tee)
        assert not wait_for_reporter(tee, BETWEEN)


def test_a_runner_that_inherited_a_thousand_descriptors_is_told_by_all_the_same() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    theirs, low = socket.socketpair()
    try:
        with theirs, low, socket.socket(fileno=fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 2000)) as ours:
            tee = Tee(ours)
            reader = Thread(target=theirs.recv, args=(HEAD.size + KEPT, socket.MSG_WAITALL))
            tee.output(0, b"x" * KEPT, 0.0)
            tee.pump()
            assert tee.is_waiting
            reader.start()
            tee.send_all(PATIENCE)
            reader.join(PATIENCE)
            theirs.send(b"\1")

            assert not tee.is_waiting
            assert not wait_for_reporter(tee, BETWEEN)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

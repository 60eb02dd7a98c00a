"""Who takes too long is cut off, and nobody else is: real connections, a clock that is moved by hand."""

import asyncio

import pytest

from progressd.gate import ANSWER, REQUEST, SLOWEST
from tests.daemon import PATIENCE
from tests.hostile.front import front, until
from tests.hostile.raw import HOST, get, post

LINE = b'{"type":"start","task":"a"}\n'
HEAD = get("/health", b"")


async def read(reader: asyncio.StreamReader) -> bytes:
    """Return all that comes until the other side hangs up."""
    async with asyncio.timeout(PATIENCE):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Return the head of an answer; its body has been read."""
    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        return head


@pytest.mark.parametrize(
    "begun",
    [
        b"G",
        HEAD[:-2],
        post(b"Content-Length: 999\r\n", LINE),
        post(b"Transfer-Encoding: chunked\r\n", b"1c\r\n" + LINE),
    ],
    ids=["a letter", "half a head", "half a body", "chunks without end"],
)
async def test_a_request_that_does_not_come_to_its_end_is_refused(begun: bytes) -> None:
    async with front() as here:
        reader, writer = await here.connect()
        writer.write(begun)
        await until(lambda: here.gate.arriving == len(begun))

        await here.later(REQUEST)
        assert len(here.gate.connections) == 1
        await here.later(1.0)

        assert (await read(reader)).startswith(b"HTTP/1.1 408 ")
        assert (len(here.gate.connections), here.gate.arriving) == (0, 0)
        assert len(here.engine.tree) == 0


async def test_who_says_nothing_at_all_is_hung_up_on() -> None:
    async with front() as here:
        reader, _ = await here.connect()
        await here.later(REQUEST + 1.0)

        assert await read(reader) == b""


async def test_a_letter_from_time_to_time_earns_no_time() -> None:
    async with front() as here:
        reader, writer = await here.connect()
        for number, letter in enumerate(HEAD[:16]):
            writer.write(bytes((letter,)))
            await until(lambda: here.gate.arriving == number + 1)  # noqa: B023 - awaited at once
            await here.later(REQUEST / 15)

        assert (await read(reader)).startswith(b"HTTP/1.1 408 ")


async def test_a_long_body_over_a_thin_line_is_taken() -> None:
    body = LINE * (4 * SLOWEST // len(LINE))
    async with front() as here:
        reader, writer = await here.connect()
        writer.write(post(b"Content-Length: %d\r\n" % len(body)))
        for start in range(0, len(body), SLOWEST):
            writer.write(body[start : start + SLOWEST])
            sent = start + len(body[start : start + SLOWEST])
            await until(lambda: here.gate.arriving >= min(sent, len(body) - 1) or not here.gate.arriving)  # noqa: B023
            await here.later((REQUEST + len(body) / SLOWEST) / 8)

        assert (await answer(reader)).startswith(b"HTTP/1.1 200 ")


async def test_between_two_requests_one_may_wait() -> None:
    async with front() as here:
        reader, writer = await here.connect()
        for _ in range(3):
            writer.write(HEAD)
            assert (await answer(reader)).startswith(b"HTTP/1.1 200 ")
            await here.later(1000.0)

        writer.write(b"GET")
        await until(lambda: here.gate.arriving)
        await here.later(REQUEST + 1.0)
        assert (await read(reader)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("headers", [b"", b"Content-Length: 5\r\n"], ids=["as usual", "with a body that never comes"])
async def test_a_stream_goes_on_for_ever(headers: bytes) -> None:
    async with front() as here:
        reader, writer = await here.connect()
        writer.write(get("/events", headers))
        await reader.readuntil(b"event: beat")
        for _ in range(10):
            await here.later(1000.0)
        other, posting = await here.connect()
        posting.write(post(b"Content-Length: %d\r\n" % len(LINE), LINE))

        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b'"key":"a"')
        assert (await answer(other)).startswith(b"HTTP/1.1 200 ")


async def test_who_takes_nothing_of_an_answer_is_hung_up_on_and_who_is_slow_is_not() -> None:
    line = b'{"type":"log","task":"%d","text":"' + b"x" * 4000 + b'"}\n'
    async with front(room=64 << 20) as here:
        reader, writer = await here.connect()
        body = b"".join(line % number for number in range(2000))
        writer.write(post(b"Content-Length: %d\r\n" % len(body), body))
        assert (await answer(reader)).startswith(b"HTTP/1.1 200 ")
        stalled, ask = await here.connect(receives=4096)
        ask.transport.pause_reading()  # type: ignore[attr-defined]
        ask.write(get("/tasks"))
        slow, trickle = await here.connect(receives=4096)
        trickle.write(get("/tasks"))
        await until(lambda: sum(each._stuck is not None for each in here.gate.connections) == 2)

        for _ in range(4):
            await here.later(ANSWER / 3)
            await slow.readexactly(1 << 20)

        assert len(here.gate.connections) == 2
        assert (await read(slow)).endswith(b'"markers":[]}')
        ask.transport.resume_reading()  # type: ignore[attr-defined]
        assert len(await read(stalled)) < 8 << 20


async def test_when_all_are_in_use_who_has_been_silent_for_longest_goes() -> None:
    async with front(limit=3) as here:
        oldest, _ = await here.connect()
        reading, stream = await here.connect()
        stream.write(get("/events", b""))
        await reading.readuntil(b"event: beat")
        newer, second = await here.connect()
        third = await here.connect()
        third[1].write(get("/health"))

        assert (await read(third[0])).startswith(b"HTTP/1.1 200 ")
        assert await read(oldest) == b""
        second.write(HEAD)
        assert (await answer(newer)).startswith(b"HTTP/1.1 200 ")


async def test_when_all_are_busy_the_newcomer_is_told() -> None:
    async with front(limit=2) as here:
        readers = [await here.connect() for _ in range(2)]
        for reader, writer in readers:
            writer.write(get("/events", b""))
            await reader.readuntil(b"event: beat")
        late, _ = await here.connect()

        told = await read(late)
        assert told.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After" in told
        assert here.gate.turned_away == here.gate.losses.counts.dropped == 1


async def test_bodies_that_do_not_come_to_their_end_take_no_more_than_their_room() -> None:
    head = b"POST /records HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    async with front(room=1 << 19) as here:
        hoarders = []
        for _ in range(20):
            hoarders.append(await here.connect())
            hoarders[-1][1].write(head + b" " * 90_000)
            await until(lambda: here.gate.arriving % (90_000 + len(head)) == 0)
            assert here.gate.arriving <= 1 << 19
        reader, writer = await here.connect()
        writer.write(post(b"Content-Length: %d\r\n" % len(LINE), LINE))

        assert (await answer(reader)).startswith(b"HTTP/1.1 200 ")
        assert len(here.gate.connections) < 8

"""Lines of a watched file: records, `.ctxt` lines and plain text, in any mixture."""

from hypothesis import given
from hypothesis import strategies as st

from progressd.core.decode import decode_block
from progressd.core.formats import Formats, log_key
from progressd.records import Log, Start, Stop, Update

RECORD = b'{"type":"update","task":"a","done":1,"later":2}\n'
SPAN = b"1.5 h 1 t START f work\n"


def texts(block: bytes, path: str = "logs/a.log") -> list[tuple[str | None, str]]:
    decoded = Formats().decode(path, 0, block, 0.0)
    return [(record.task, record.text) for record in decoded.records if isinstance(record, Log)]


def why(block: bytes) -> list[str]:
    return [bad.why for bad in Formats().decode("a.log", 0, block, 0.0).bad]


def test_records_alone_are_taken_as_they_came() -> None:
    decoded = Formats().decode("a.log", 0, RECORD * 3, 0.0)
    assert decoded.lines == RECORD * 3
    assert decoded.records == decode_block(RECORD * 3).records


def test_each_line_is_recognised_by_itself_and_their_order_stays() -> None:
    decoded = Formats().decode("logs/a.log", 0, b"Hello\n" + SPAN + RECORD + b"bye\n\n", 0.0)
    kinds = [(type(record), record.task) for record in decoded.records]
    assert kinds == [
        (Update, "logs/a_log"), (Log, "logs/a_log"), (Start, "h.1.t.1500000"), (Update, "a"), (Log, "logs/a_log"),
    ]  # fmt: skip
    assert RECORD in decoded.lines
    assert decode_block(decoded.lines).records == decoded.records


def test_the_log_of_a_file_is_no_work() -> None:
    (presence, _) = Formats().decode("logs/a.log", 0, b"Hello\n", 0.0).records
    assert isinstance(presence, Update)
    assert (presence.name, presence.status, presence.weight) == ("a.log", "finished", 0.0)


def test_a_path_is_a_key_that_implies_no_ancestors_and_is_no_namespace() -> None:
    paths = ("logs/a.log", "./a.log", "../logs/a.log", "_x/.hidden", "/var/log/x.1", "...", "x/" * 3_000)
    keys = [log_key(path) for path in paths]
    assert keys[:6] == ["logs/a_log", "a_log", "/logs/a_log", "x/_hidden", "/var/log/x_1", "log"]
    assert len(keys[6]) == 900


def test_json_without_a_type_is_text_and_what_was_meant_as_a_record_is_bad() -> None:
    assert texts(b'{"level":"info"}\n{main} begins\n{"a":{"type":"b"}}\n') == [
        ("logs/a_log", '{"level":"info"}'), ("logs/a_log", "{main} begins"), ("logs/a_log", '{"a":{"type":"b"}}'),
    ]  # fmt: skip
    assert len(why(b'{"type":"update","done":-1}\n{"type":"upd\n{"type":"later"}\n')) == 3


def test_text_may_be_of_another_code_but_not_binary() -> None:
    assert texts("größer als 3 €\n".encode()) == [("logs/a_log", "größer als 3 €")]
    assert texts("größer\n".encode("latin-1")) == [("logs/a_log", "gr��er")]
    assert texts(b"  \x1b[32mgreen\x1b[0m\tindented  \r\n\xef\xbb\xbffirst\n") == [
        ("logs/a_log", "  \x1b[32mgreen\x1b[0m\tindented"), ("logs/a_log", "first"),
    ]  # fmt: skip
    assert why(b"a\0b\n\xff\xfe\xfd\xfc\n\x7fELF\n") == [
        "binary: neither a record nor text", "neither UTF-8 nor any other text", "binary: neither a record nor text",
    ]  # fmt: skip


def test_what_follows_a_span_and_is_no_line_is_the_rest_of_its_text() -> None:
    block = b"before\n" + SPAN + b"more of it\n" + b"2 h 1 t ENDER f boom\n  File x\n" + RECORD + b"after\n"
    assert texts(block) == [
        ("logs/a_log", "before"), ("h.1.t.1500000", "more of it"), ("h.1.t.1500000", "  File x"),
        ("logs/a_log", "after"),
    ]  # fmt: skip


def test_the_rest_of_a_text_may_come_with_the_next_block_of_the_file() -> None:
    formats = Formats()
    formats.decode("a.ctxt", 0, SPAN, 0.0)
    formats.decode("b.log", 0, b"text\n", 0.0)
    (rest,) = formats.decode("a.ctxt", len(SPAN), b"more\n", 0.0).records
    assert (rest.task, rest.time) == ("h.1.t.1500000", 1.5)
    assert formats.decode("a.ctxt", 0, b"anew\n", 0.0).records[-1].task == "a_ctxt"


def test_files_that_tell_of_one_thread_share_its_spans() -> None:
    formats = Formats()
    formats.decode("a.ctxt", 0, SPAN, 0.0)
    (stop,) = formats.decode("b.ctxt", 0, b"2 h 1 t ENDOK f \n", 0.0).records
    assert isinstance(stop, Stop)
    assert stop.task == "h.1.t.1500000"


def test_comments_carriage_returns_and_a_byte_order_mark_do_no_harm() -> None:
    decoded = Formats().decode(
        "x.ctxt", 0, b"\xef\xbb\xbf# made by hand\r\n" + SPAN.replace(b"\n", b"\r\n") + b"\r\n", 0.0
    )
    assert [type(record) for record in decoded.records] == [Start]
    assert not decoded.bad
    assert texts(b"# a heading\n") == [("logs/a_log", "# a heading")]


def test_an_end_without_a_beginning_is_counted_as_tolerated() -> None:
    (bad,) = Formats().decode("a.ctxt", 0, b"2 h 1 t ENDOK f \n", 0.0).bad
    assert bad.unknown
    assert bad.why == "an end without a beginning"


@given(st.lists(st.binary(max_size=60) | st.sampled_from([RECORD, SPAN, b'{"type":', b"{", b"[" * 5000]), max_size=9))
def test_any_bytes_are_stored_as_what_they_were_taken_for(lines: list[bytes]) -> None:
    block = b"".join(line.rstrip(b"\n") + b"\n" for line in lines)
    decoded = Formats().decode("a.log", 0, block, 0.0)
    assert decode_block(decoded.lines).records == decoded.records

"""What SCA's progress service was sent, by its URLs or by its exchange: the same comes to the same."""

import pytest

from progressd.core.sca import decode_message, decode_status
from progressd.records import Update


def test_a_type_that_is_the_senders_own_is_kept_by_either_door() -> None:
    body = b'{"type":"paper","progress":0.5}'

    for decode in (decode_status, decode_message):
        assert decode("p.a", body).records == [Update(task="p.a", progress=0.5, data={"type": "paper"})]


@pytest.mark.parametrize("kind", ["new", "forget", "kept"])
def test_among_records_a_type_that_is_none_is_told(kind: str) -> None:
    decoded = decode_message("p.a", b'{"type":"%s"}\n{"type":"update","done":1}\n' % kind.encode())

    assert decoded.records == [Update(task="p.a", done=1.0)]
    assert [bad.unknown for bad in decoded.bad] == [True]

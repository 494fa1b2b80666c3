from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.retry import (
    Accepted,
    Ambiguous,
    ContentWrong,
    PersonEffect,
    RefusedLater,
    RefusedPerson,
    StopChannel,
    WaitScope,
)
from webapp.platforms import answers, registry
from webapp.platforms.wire import Reply, TransportError

MESSENGER = registry.default().get("messenger")
PAID = registry.default().paid("messenger")


def graph(status: int, body: Any, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, json.dumps(body).encode())


def refusal(
    code: object, subcode: object = None, message: str = "no", status: int = 400, **more: Any
) -> Reply:
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    return graph(status, {"error": error})


def test_a_message_id_is_an_acceptance() -> None:
    reply = graph(200, {"recipient_id": "ana", "message_id": "m_1"})
    assert MESSENGER.answer(reply) == Accepted("m_1", "ana")


@pytest.mark.parametrize(
    ("retry_after", "date", "seconds"),
    [
        ("7", "Sat, 28 Nov 2026 13:21:47 GMT", 7.0),
        ("Sat, 28 Nov 2026 13:40:00 GMT", "Sat, 28 Nov 2026 13:21:47 GMT", 1093.0),
        ("Saturday, 28-Nov-26 13:40:00 GMT", "Sat, 28 Nov 2026 13:21:47 GMT", 1093.0),
        ("Sat, 28 Nov 2026 13:40:00 GMT", "Sat, 28 Nov 2026 14:00:00 GMT", 0.0),
        ("Sat, 28 Nov 2026 13:40:00 GMT", "", None),
        ("Sat, 99 Nov 2026 13:40:00 GMT", "Sat, 28 Nov 2026 13:21:47 GMT", None),
        ("Sat, 28 Nov 99999999999 13:40:00 GMT", "Sat, 28 Nov 2026 13:21:47 GMT", None),
        ("soon", "yesterday", None),
    ],
)
def test_the_wait_asked_for_is_seconds_or_a_moment_of_the_platforms_clock(
    retry_after: str, date: str, seconds: float | None
) -> None:
    reply = Reply(429, {"retry-after": retry_after, "date": date}, b"Too many")
    answer = MESSENGER.answer(reply)
    assert isinstance(answer, RefusedLater)
    assert (answer.wait_seconds or 0.0) == (seconds or 0.0)


def test_a_code_nobody_described_is_told_as_the_platform_writes_it() -> None:
    answer = MESSENGER.answer(refusal(2388293))
    assert isinstance(answer, Ambiguous)
    assert "(2388293)" in str(answer.sentence)


def test_a_send_by_token_is_accepted_without_a_recipient() -> None:
    assert MESSENGER.answer(graph(200, {"message_id": "m_1"})) == Accepted("m_1", None)


def test_ids_inside_a_recipient_are_read_too() -> None:
    reply = graph(200, {"recipient": {"id": "ana", "message_id": "m_1"}})
    assert MESSENGER.answer(reply) == Accepted("m_1", "ana")


@pytest.mark.parametrize(
    "reply",
    [
        graph(200, {"recipient_id": "ana"}),
        graph(200, {"recipient_id": "ana", "message_id": ""}),
        graph(200, {"recipient_id": "ana", "message_id": None}),
        graph(200, None),
        graph(200, []),
        Reply(200, {}, b""),
        Reply(200, {}, b"<html>hello</html>"),
        Reply(200, {}, b"\xff\xfe\x00"),
        Reply(200, {}, b'{"message_id": "m_1"'),
        Reply(204),
        Reply(0),
        Reply(500, {}, b"<html>bad gateway</html>"),
        Reply(502),
        Reply(503, {"retry-after": "10"}, b"{}"),
        Reply(408),
        graph(500, {"error": "not an object"}),
        graph(500, {"error": {"message": "no code"}}),
        graph(500, {"error": {"code": True}}),
        Reply(0, error=TransportError.TIMEOUT),
        Reply(0, error=TransportError.BROKEN),
        Reply(200, {}, b'{"message_id": "m_1"}', TransportError.BROKEN),
        refusal(1),
        refusal(1, 99, status=500),
        refusal(2, status=500),
        refusal(1200),
        refusal(1, 1357046),
        refusal(1357046),
        refusal(100, 1357046),
        refusal(987654),
        refusal(987654, 12, status=500),
    ],
)
def test_what_nobody_can_know_is_ambiguous(reply: Reply) -> None:
    assert isinstance(MESSENGER.answer(reply), Ambiguous)


@pytest.mark.parametrize("error", list(TransportError))
def test_what_was_never_written_may_be_sent_later(error: TransportError) -> None:
    answer = MESSENGER.answer(Reply(0, error=error, sent_first_byte=False))
    assert isinstance(answer, RefusedLater)
    assert answer.scope is WaitScope.CHANNEL


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001, 80002, 80006, "613"])
def test_limits_let_the_channel_wait(code: object) -> None:
    assert isinstance(MESSENGER.answer(refusal(code)), RefusedLater)


@pytest.mark.parametrize(
    "reply",
    [Reply(429), Reply(429, {}, b"<html>"), refusal(987654, status=429), Reply(404, {}, b"gone")],
)
def test_a_plain_refusal_without_a_known_code_waits(reply: Reply) -> None:
    assert isinstance(MESSENGER.answer(reply), RefusedLater)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "deflate"])
def test_an_answer_that_was_packed_on_its_way_is_read_all_the_same(coding: str) -> None:
    """Nobody asked for it, and a gateway may do it: without it what was taken were unknown, and one
    refused person's message would come again and again."""

    def packed(reply: Reply) -> Reply:
        pack = zlib.compress if coding == "deflate" else gzip.compress
        return Reply(reply.status, {"content-encoding": coding}, pack(reply.body))

    assert MESSENGER.answer(packed(graph(200, {"message_id": "m_1"}))) == Accepted("m_1", None)
    assert isinstance(MESSENGER.answer(packed(refusal(551, 1545041))), RefusedPerson)


def test_an_answer_that_says_it_is_packed_and_is_not_is_ambiguous() -> None:
    reply = Reply(200, {"content-encoding": "gzip"}, b'{"message_id": "m_1"}')
    assert isinstance(MESSENGER.answer(reply), Ambiguous)


def test_a_code_written_with_a_fraction_is_that_code() -> None:
    assert isinstance(MESSENGER.answer(refusal(551.0, 1545041.0)), RefusedPerson)


def test_the_wait_is_what_the_platform_asks_for() -> None:
    usage = json.dumps({"123": [{"type": "messenger", "estimated_time_to_regain_access": 7}]})
    body = {"error": {"code": 80006, "message": "too many"}}
    reply = graph(400, body, x_business_use_case_usage=usage)
    answer = MESSENGER.answer(reply)
    assert isinstance(answer, RefusedLater)
    assert answer.wait_seconds == 420


def test_retry_after_is_honoured() -> None:
    answer = MESSENGER.answer(Reply(429, {"retry-after": "33"}))
    assert isinstance(answer, RefusedLater)
    assert answer.wait_seconds == 33


PERSON = [
    (10, 2018278, PersonEffect.CLOSE_WINDOW),
    (10, 2018065, PersonEffect.CLOSE_WINDOW),
    (10, 2534022, PersonEffect.CLOSE_WINDOW),
    (10, 2018108, PersonEffect.UNAVAILABLE),
    (10, 1893015, PersonEffect.STOP_TOPIC),
    (10, 1893029, PersonEffect.NONE),
    (551, None, PersonEffect.UNAVAILABLE),
    (551, 1545041, PersonEffect.UNAVAILABLE),
    (200, 1545041, PersonEffect.UNAVAILABLE),
    (100, 2018001, PersonEffect.UNAVAILABLE),
    (100, 33, PersonEffect.UNAVAILABLE),
    (4, 2018354, PersonEffect.NEXT_ELIGIBLE),
    (613, 1893016, PersonEffect.NONE),
    (100, 2018300, PersonEffect.NONE),
]


@pytest.mark.parametrize(("code", "subcode", "effect"), PERSON)
def test_refusals_of_one_person_are_final_for_her_alone(
    code: int, subcode: int | None, effect: PersonEffect
) -> None:
    answer = MESSENGER.answer(refusal(code, subcode))
    assert isinstance(answer, RefusedPerson)
    assert (answer.code, answer.subcode, answer.effect) == (code, subcode, effect)


@pytest.mark.parametrize(
    ("code", "subcode"),
    [
        *[(190, None), (190, 463), (190, 999), (200, None), (200, 2018028), (230, None), (299, 5)],
        *[(368, None), (10, None), (10, 1893063), (102, None), (3, None), (2022, None)],
    ],
)
def test_trouble_with_the_page_stops_its_channel_and_says_what_to_do(
    code: int, subcode: int | None
) -> None:
    answer = MESSENGER.answer(refusal(code, subcode))
    assert isinstance(answer, StopChannel)
    assert len(str(answer.sentence)) > 20


@pytest.mark.parametrize("subcode", [None, 2018008, 2018047, 2018320, 777])
def test_wrong_content_stops_the_broadcast(subcode: int | None) -> None:
    assert isinstance(MESSENGER.answer(refusal(100, subcode)), ContentWrong)


def test_a_removed_tag_is_wrong_content_and_a_dead_token_is_the_persons() -> None:
    tag = MESSENGER.answer(refusal(100, message="(#100) Message tag ACCOUNT_UPDATE is deprecated"))
    token = MESSENGER.answer(
        refusal(100, message="The notification messages token is invalid or has expired")
    )
    assert isinstance(tag, ContentWrong)
    assert isinstance(token, RefusedPerson)
    assert token.effect is PersonEffect.DROP_TOKEN


def test_a_token_refused_for_its_region_is_kept() -> None:
    message = "The notification messages token can no longer be used in this person's region"
    answer = MESSENGER.answer(refusal(100, message=message))
    assert isinstance(answer, RefusedPerson)
    assert answer.effect is PersonEffect.NONE


def test_the_platforms_own_words_are_told_where_they_matter() -> None:
    answer = MESSENGER.answer(refusal(100, message="50% is not a title" + "!" * 500))
    assert isinstance(answer, ContentWrong)
    assert "50% is not a title" in str(answer.sentence)
    assert len(str(answer.sentence)) < 400


def test_the_code_counts_whatever_the_status() -> None:
    for status in (200, 400, 403, 500):
        answer = MESSENGER.answer(refusal(10, 2018278, status=status))
        assert isinstance(answer, RefusedPerson)


def test_an_error_beside_a_message_id_is_no_acceptance() -> None:
    reply = graph(200, {"message_id": "m_1", "error": {"code": 190, "message": "dead"}})
    assert isinstance(MESSENGER.answer(reply), StopChannel)


@pytest.mark.parametrize(
    ("number", "effect"),
    [
        (4, PersonEffect.DROP_TOKEN),
        (37, PersonEffect.DROP_TOKEN),
        (34, PersonEffect.STOP_TOPIC),
        (35, PersonEffect.NEXT_ELIGIBLE),
        (42, PersonEffect.NEXT_ELIGIBLE),
        (52, PersonEffect.NEXT_ELIGIBLE),
        (32, PersonEffect.NONE),
    ],
)
def test_paid_refusals_of_one_person(number: int, effect: PersonEffect) -> None:
    answer = PAID.answer(refusal(2_300_000 + number))
    assert isinstance(answer, RefusedPerson)
    assert answer.effect is effect


@pytest.mark.parametrize("number", [12, 28, 33, 41, 55, 60, 68, 78, 80])
def test_a_paid_campaign_that_must_wait_holds_up_no_other(number: int) -> None:
    answer = PAID.answer(refusal(2_300_000 + number))
    assert isinstance(answer, RefusedLater)
    assert answer.scope is WaitScope.BROADCAST


def test_a_paced_campaign_waits_as_long_as_it_is_told() -> None:
    answer = PAID.answer(refusal(2300060, error_data={"remaining_seconds": 95}))
    assert isinstance(answer, RefusedLater)
    assert answer.wait_seconds == 95
    plain = PAID.answer(refusal(2300060))
    assert isinstance(plain, RefusedLater)
    assert plain.wait_seconds == 1800


@pytest.mark.parametrize("number", [0, 10, 11, 15, 25, 31, 40, 54, 59, 66, 71, 77, 45, 29])
def test_trouble_with_the_campaign_or_its_money_stops_that_broadcast(number: int) -> None:
    assert isinstance(PAID.answer(refusal(2_300_000 + number)), ContentWrong)


def test_disputed_paid_codes_follow_their_text() -> None:
    answer = PAID.answer(refusal(2300072, message="Campaign is paced, try again later"))
    assert isinstance(answer, RefusedLater)


def test_a_dead_token_stops_the_channel_for_paid_messages_too() -> None:
    assert isinstance(PAID.answer(refusal(190)), StopChannel)


def test_a_paid_message_is_known_by_its_tracking_id() -> None:
    reply = graph(200, {"success": True, "marketing_message_tracking_id": "98ec"})
    assert PAID.answer(reply) == Accepted("98ec")
    for body in ({"success": True}, {"success": False, "marketing_message_tracking_id": "x"}):
        assert isinstance(PAID.answer(graph(200, body)), Ambiguous)


def test_every_row_has_a_source_and_a_sentence() -> None:
    for row in answers.ROWS.values():
        assert row.source
        assert str(row.sentence.text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.integers(0, 599),
    st.dictionaries(st.sampled_from(["code", "error_subcode", "message", "error_data"]), JSON)
    | JSON,
    st.dictionaries(
        st.sampled_from(
            ["retry-after", "x-app-usage", "x-business-use-case-usage", "x-page-usage"]
        ),
        st.text() | JSON.map(json.dumps),
    ),
)
def test_no_reply_whatever_raises(status: int, error: Any, headers: dict[str, str]) -> None:
    reply = Reply(status, headers, json.dumps({"error": error}).encode())
    for sender in (MESSENGER, PAID):
        str(getattr(sender.answer(reply), "sentence", ""))
        sender.usage(reply)
    MESSENGER.check_of(reply)
    MESSENGER.profile_of(reply)
    PAID.campaign_of(reply)


@given(st.integers(0, 599), st.binary())
def test_no_bytes_whatever_raise(status: int, body: bytes) -> None:
    assert not isinstance(MESSENGER.answer(Reply(status, {}, body)), Accepted)

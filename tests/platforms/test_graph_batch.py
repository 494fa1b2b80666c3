"""Several calls in one request of the Graph, and what each of them was answered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import fakes
from webapp.domain.content import Content
from webapp.domain.policy.verdict import Route
from webapp.domain.rate import Usage
from webapp.domain.retry import (
    Accepted,
    Ambiguous,
    Answer,
    RefusedLater,
    RefusedPerson,
    StopChannel,
)
from webapp.platforms import graph_api, graph_batch, registry
from webapp.platforms.protocol import Alike, ChannelAccess, Outgoing, Recipient
from webapp.platforms.wire import Reply, Request, TransportError

ACCESS = ChannelAccess("500", "T0KEN", "https://graph.example/", "v26.0", "s3cret")
MESSENGER = registry.default().get("messenger")
TEXT = "50 % off & more = “joy” 🎈 + {braces}"


def call(person: str, platform: str = "messenger", alike: Alike | None = None) -> Request:
    said = Outgoing(
        f"fl:{person}", Recipient("id", person), Route.WINDOW, Content(text=TEXT), alike=alike
    )
    return registry.default().get(platform).request(ACCESS, said)


def sent(*calls: Request) -> tuple[Request, dict[str, Any]]:
    request = graph_batch.request(ACCESS, calls)
    return request, json.loads(request.body or b"")


def answers(whole: Reply, count: int = 2) -> list[Answer]:
    return [MESSENGER.answer(reply) for reply in graph_batch.replies(whole, count)]


def told(*items: object, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(items).encode())


def item(body: object, code: object = 200, **headers: str) -> dict[str, object]:
    named = [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]
    text = body if isinstance(body, str) else json.dumps(body)
    return {"code": code, "headers": named, "body": text}


def error(code: int, subcode: int | None = None) -> dict[str, object]:
    return {"error": {"message": "no", "code": code, "error_subcode": subcode}}


TAKEN = item({"recipient_id": "1", "message_id": "m_1"})


def test_the_token_is_in_it_once_and_not_where_it_could_be_seen() -> None:
    request, body = sent(call("1"), call("2"))
    assert body["access_token"] == "T0KEN"
    assert (request.body or b"").count(b"T0KEN") == 1
    assert "Authorization" not in request.headers
    assert "T0KEN" not in request.url
    assert "T0KEN" not in repr(request)


@pytest.mark.parametrize(("platform", "path"), [("messenger", "500"), ("instagram", "me")])
def test_version_path_and_proof_are_those_of_a_single_call(platform: str, path: str) -> None:
    request, body = sent(call("1", platform), call("2", platform))
    proof = graph_api.proof("T0KEN", "s3cret")
    assert request.url == f"https://graph.example/v26.0/?appsecret_proof={proof}"
    place = f"v26.0/{path}/messages?appsecret_proof={proof}"
    assert [it["relative_url"] for it in body["batch"]] == [place, place]
    assert {it["method"] for it in body["batch"]} == {"POST"}


@pytest.mark.parametrize("alike", [None, Alike()])
def test_each_body_is_a_form_that_says_what_the_single_call_says(alike: Alike | None) -> None:
    single = call("1", alike=alike)
    _, body = sent(single, call("2", alike=alike))
    form = body["batch"][0]["body"]
    assert not form.startswith("{")
    assert parse_qs(form)["messaging_type"] == ["UPDATE"]
    assert json.loads(fakes.opened(form)) == json.loads(single.body or b"")
    assert json.loads(fakes.opened(form))["message"] == {"text": TEXT, "metadata": "fl:1"}
    assert urlsplit(body["batch"][0]["relative_url"]).scheme == ""


def test_each_message_has_its_own_answer_in_order() -> None:
    found = answers(told(TAKEN, item(error(551, 1545041), 400), item(error(613), 400)), 3)
    assert found[0] == Accepted("m_1", "1")
    assert [type(it) for it in found[1:]] == [RefusedPerson, RefusedLater]


@pytest.mark.parametrize(
    "nothing",
    [
        None, 7, "text", [], {}, item({"recipient_id": "1"}), item("no json"), item("", 500),
        {"code": 200}, {"code": 200, "body": {"message_id": "m_9"}}, {"body": '{"message_id":"m"}'},
        item({"message_id": "m_9"}, code=True), item({"message_id": "m_9"}, "200"),
        item(error(1), 500),
        item({"message_id": "m_9"}, 500), item({"message_id": "m_9"}, 0),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_unknown_and_its_neighbours_are_not(nothing: object) -> None:
    found = answers(told(TAKEN, nothing, TAKEN), 3)
    assert [type(it) for it in found] == [Accepted, Ambiguous, Accepted]


def test_whatever_is_missing_at_the_end_is_unknown() -> None:
    assert [type(it) for it in answers(told(TAKEN), 3)] == [Accepted, Ambiguous, Ambiguous]


@pytest.mark.parametrize(
    "whole",
    [
        told(TAKEN, TAKEN, TAKEN),  # more than was asked: nobody knows which is whose
        Reply(200, {}, b'{"message_id": "m_1"}'),
        Reply(200, {}, b""), Reply(200, {}, b"[{"), Reply(200, {}, b"null"),
        Reply(400, {}, json.dumps(error(1, 1357046)).encode()),
        Reply(500, {}, b"oops"), Reply(504), Reply(200, {}, json.dumps(error(1)).encode()),
        Reply(0, error=TransportError.TIMEOUT), Reply(0, error=TransportError.BROKEN),
    ],
)  # fmt: skip
def test_a_request_whose_answer_is_lost_leaves_all_unknown(whole: Reply) -> None:
    assert [type(it) for it in answers(whole)] == [Ambiguous, Ambiguous]


@pytest.mark.parametrize(
    ("whole", "meaning"),
    [
        (Reply(0, error=TransportError.REFUSED, sent_first_byte=False), RefusedLater),
        (Reply(429), RefusedLater),
        (Reply(413, {}, b"too large"), RefusedLater),
        (Reply(400, {}, json.dumps(error(4)).encode()), RefusedLater),
        (Reply(400, {}, json.dumps(error(190, 463)).encode()), StopChannel),
        (Reply(200, {}, json.dumps(error(368)).encode()), StopChannel),
    ],
)
def test_a_request_that_is_refused_is_refused_for_all(whole: Reply, meaning: type) -> None:
    assert [type(it) for it in answers(whole)] == [meaning, meaning]


@pytest.mark.parametrize(
    "named", [error(551, 1545041), error(10, 2018278), error(100), error(100, 33), error(132000)]
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_whole_request_is_refused_for_nobodys_sake(named: dict[str, object], status: int) -> None:
    """A host that takes no batches says so in such words; nobody may fail for it. Each is asked
    alone the next time: see `posting`."""
    for answer in answers(Reply(status, {}, json.dumps(named).encode())):
        assert isinstance(answer, RefusedLater)
        assert answer.perhaps_alone


def test_headers_inside_are_heard() -> None:
    used = json.dumps({"call_count": 80})
    quiet, loud = graph_batch.replies(told(TAKEN, item(error(4), 400, X_App_Usage=used)), 2)
    assert (MESSENGER.usage(quiet), MESSENGER.usage(loud)) == (None, Usage(80.0))
    (slow,) = graph_batch.replies(told(item(error(613), 400, Retry_After="90")), 1)
    later = MESSENGER.answer(slow)
    assert isinstance(later, RefusedLater)
    assert later.wait_seconds == 90


@pytest.mark.parametrize(
    ("own", "seconds"), [({}, 600), ({"Date": "Sat, 28 Nov 2026 13:39:00 GMT"}, 60)]
)
def test_a_moment_inside_counts_from_its_own_time_else_from_that_of_the_whole(
    own: dict[str, str], seconds: int
) -> None:
    slow = item(error(613), 400, Retry_After="Sat, 28 Nov 2026 13:40:00 GMT", **own)
    whole = replace(told(slow), headers={"date": "Sat, 28 Nov 2026 13:30:00 GMT"})
    (later,) = answers(whole, 1)
    assert isinstance(later, RefusedLater)
    assert later.wait_seconds == seconds


def test_a_body_inside_is_never_taken_for_packed() -> None:
    taken = item({"message_id": "m_1"}, Content_Encoding="gzip")
    assert answers(told(taken), 1) == [Accepted("m_1", None)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["code", "headers", "body", "name", "value"]), inner)
    ),
    max_leaves=12,
)


@given(JSON, st.integers(1, 5))
def test_any_answer_is_one_for_each_call(whole: object, count: int) -> None:
    found = answers(Reply(200, {}, json.dumps(whole).encode()), count)
    assert len(found) == count
    assert not any(isinstance(it, Accepted) for it in found if "message_id" not in str(whole))

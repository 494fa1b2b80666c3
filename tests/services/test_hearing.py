"""What is heard again and again about one message, while others go through or do not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from webapp.domain import rate
from webapp.domain.content import Content
from webapp.domain.policy.verdict import Route
from webapp.domain.retry import Accepted, RefusedLater, RefusedPerson, WaitScope
from webapp.platforms import registry
from webapp.platforms.protocol import Outgoing, Recipient
from webapp.platforms.wire import Reply
from webapp.services.claims import Claim
from webapp.services.hearing import ALONE_AFTER, MOST_TRIES, Hearing

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FILTERED = Reply(403, {}, b"<html>Blocked</html>")  # by something in between
TAKEN = Reply(200, {}, b'{"message_id": "m_1"}')


def claim(delivery: int) -> Claim:
    said = Outgoing(f"fl:{delivery}", Recipient("id", "ana"), Route.WINDOW, Content(text="Hello"))
    return Claim(delivery, 1, 1, 1, 1, 1, "standard", "messenger", NOON, NOON, NOON, said, 0)


def test_a_message_that_never_gets_through_waits_alone_and_is_given_up() -> None:
    hearing, now, heard = Hearing(registry.default()), NOON, []
    for _ in range(ALONE_AFTER + MOST_TRIES + 2):
        heard.append(hearing.outcome(claim(1), FILTERED, now))
        hearing.outcome(claim(2), TAKEN, now + timedelta(seconds=1))
        now += timedelta(seconds=2)
    answers = [it.answer for it in heard]
    scopes = [it.scope for it in answers if isinstance(it, RefusedLater)]
    assert scopes[:ALONE_AFTER] == [WaitScope.CHANNEL] * ALONE_AFTER
    assert scopes[ALONE_AFTER:] == [WaitScope.PERSON] * (MOST_TRIES + 1), "others go on meanwhile"
    assert isinstance(answers[-1], RefusedPerson)


def test_one_message_the_platform_is_too_busy_for_holds_nobody_up_and_is_never_given_up() -> None:
    error = {"message": "Service unavailable", "code": 131016}
    busy = Reply(400, {}, json.dumps({"error": error}).encode())
    hearing, now, heard = Hearing(registry.default()), NOON, []
    for _ in range(ALONE_AFTER + MOST_TRIES + 20):
        heard.append(hearing.outcome(claim(1), busy, now))
        hearing.outcome(claim(2), TAKEN, now + timedelta(seconds=1))
        now += timedelta(seconds=2)
    answers = [it.answer for it in heard if isinstance(it.answer, RefusedLater)]
    scopes = [it.scope for it in answers]
    assert scopes[: ALONE_AFTER + 1] == [WaitScope.CHANNEL] * ALONE_AFTER + [WaitScope.PERSON]
    assert len(answers) == len(heard), "nobody fails for what will pass"


def test_a_wait_the_platform_names_is_everybodys_however_often_it_comes() -> None:
    hearing, now = Hearing(registry.default()), NOON
    for _ in range(ALONE_AFTER + 2):
        heard = hearing.outcome(claim(1), Reply(429, {"retry-after": "7"}, b""), now)
        hearing.outcome(claim(2), TAKEN, now + timedelta(seconds=8))
        now += timedelta(seconds=9)
    assert isinstance(heard.answer, RefusedLater)
    assert heard.answer.scope is WaitScope.CHANNEL


def test_it_waits_longer_each_time() -> None:
    hearing, now, waits = Hearing(registry.default()), NOON, []
    for _ in range(ALONE_AFTER + MOST_TRIES):
        heard = hearing.outcome(claim(1), FILTERED, now)
        hearing.outcome(claim(2), TAKEN, now + timedelta(seconds=1))
        waits.append(((heard.resume_at or now) - now).total_seconds())
        now += timedelta(seconds=2)
    assert waits[ALONE_AFTER:] == sorted(set(waits[ALONE_AFTER:]))
    assert waits[-1] > 60


def test_a_gateway_that_refuses_everybody_fails_nobody() -> None:
    hearing = Hearing(registry.default())
    for minute in range(1000):
        heard = hearing.outcome(claim(minute % 3), FILTERED, NOON + timedelta(minutes=minute))
        assert isinstance(heard.answer, RefusedLater)
        assert heard.answer.scope is WaitScope.CHANNEL


def test_a_refusal_waits_as_long_as_the_usage_told_with_it_asks_for() -> None:
    """The limit of an app names no time: it is given five minutes, not the two seconds of a first
    refusal."""
    error = {"message": "Application request limit reached", "code": 4}
    told = json.dumps({"call_count": 105, "total_time": 30, "total_cputime": 20})
    reply = Reply(403, {"x-app-usage": told}, json.dumps({"error": error}).encode())
    heard = Hearing(registry.default()).outcome(claim(1), reply, NOON)
    assert heard.resume_at == NOON + rate.DEFAULT_REGAIN


def test_a_limit_that_was_told_once_slows_nobody_down_for_ever() -> None:
    """The answers after it tell nothing of the usage: the last word counts until it has lifted."""
    told = json.dumps({"1": [{"type": "messenger", "call_count": 100}]})
    hearing = Hearing(registry.default())
    hearing.outcome(claim(1), Reply(200, {"x-business-use-case-usage": told}, TAKEN.body), NOON)
    hearing.outcome(claim(2), TAKEN, NOON + timedelta(seconds=10))
    assert hearing.used(1, NOON + timedelta(minutes=4)) is not None
    assert hearing.used(1, NOON + rate.DEFAULT_REGAIN) is None


def test_a_limit_lasts_as_long_as_the_platform_says() -> None:
    told = json.dumps({"1": [{"call_count": 100, "estimated_time_to_regain_access": 30}]})
    hearing = Hearing(registry.default())
    hearing.outcome(claim(1), Reply(200, {"x-business-use-case-usage": told}, TAKEN.body), NOON)
    assert hearing.used(1, NOON + timedelta(minutes=29)) is not None
    assert hearing.used(1, NOON + timedelta(minutes=30)) is None


def test_a_message_that_got_through_in_the_end_is_like_any_other() -> None:
    hearing = Hearing(registry.default())
    for second in range(ALONE_AFTER + 1):
        hearing.outcome(claim(1), FILTERED, NOON + timedelta(seconds=2 * second))
        hearing.outcome(claim(2), TAKEN, NOON + timedelta(seconds=2 * second + 1))
    assert isinstance(hearing.outcome(claim(1), TAKEN, NOON).answer, Accepted)
    assert not hearing.stubborn

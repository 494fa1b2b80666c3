"""STOP and START are confirmed: once, in the person's words, whatever breaks in between."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlmodel import delete, select

from tests import cast, fakes
from tests.services.test_receiving import event, ms, person, post, understand, wrote
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain import confirmation
from webapp.domain.confirmation import ReplyState
from webapp.domain.keyword import Keyword
from webapp.domain.permission import Actor, Role
from webapp.models.channel import Channel, RateBucket
from webapp.models.reply import OwnWord, Reply, ReplyText
from webapp.models.subscriber import Subscriber
from webapp.platforms.wire import Reply as Answered
from webapp.platforms.wire import Request, TransportError
from webapp.services import answering, halting
from webapp.store import replies

OPERATOR = Actor(None, "Ana Operator", Role.ADMIN, operator=True)


def say(stage: Stage, text: str, person: str = "1", at: datetime | None = None) -> None:
    at = at or stage.clock.now()
    post(stage, wrote(at, text, person, f"m-{text}-{at.isoformat()}"))
    understand(stage)


def tick(stage: Stage, answer: fakes.Answering = fakes.accepts) -> list[Request]:
    """One tick of the clock; the requests that were asked."""
    transport = fakes.FakeTransport(answer)
    answering.send_due(stage.house, transport.call)
    return transport.calls


def told(requests: Sequence[Request]) -> list[str]:
    return [json.loads(request.body or b"{}")["message"]["text"] for request in requests]


def rows(stage: Stage) -> Sequence[Reply]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return session.exec(select(Reply).order_by(Reply.id)).all()


def states(stage: Stage) -> list[str]:
    return [row.state for row in rows(stage)]


def change(stage: Stage, person_id: int, **values: object) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        found = session.get_one(Subscriber, person_id)
        for name, value in values.items():
            setattr(found, name, value)
        session.commit()


def keep(stage: Stage, *things: object) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        for thing in things:
            session.add(thing)
        session.commit()


def stop_everything(stage: Stage) -> None:
    with stage.house.db.writer(EVERY_BRAND) as session:
        halting.stop(session, OPERATOR, stage.clock.now())


def go_on(stage: Stage, *, leaving_out: bool = False) -> None:
    with stage.house.db.writer(EVERY_BRAND) as session:
        halting.go_on(session, OPERATOR, stage.clock.now(), leaving_out=leaving_out)


def test_a_stop_is_answered_once_and_nothing_more(stage: Stage) -> None:
    say(stage, "Stop please!!")
    assert told(tick(stage)) == [confirmation.TEXTS[Keyword.STOP]["en"]]
    assert tick(stage) == []
    assert states(stage) == [ReplyState.SENT]
    assert person(stage, stage.people.ana).opted_out_at is not None


def test_five_stops_in_a_day_get_one_confirmation_and_the_next_day_another(stage: Stage) -> None:
    asked: list[Request] = []
    for _ in range(5):
        say(stage, "STOP")
        asked += tick(stage)
        stage.clock.advance(minutes=7)
    assert len(asked) == 1
    stage.clock.advance(hours=24)
    say(stage, "STOP")
    assert len(tick(stage)) == 1


def test_start_resumes_and_says_so(stage: Stage) -> None:
    say(stage, "stop")
    tick(stage)
    stage.clock.advance(minutes=1)
    say(stage, "start")
    assert told(tick(stage)) == [confirmation.TEXTS[Keyword.START]["en"]]
    assert person(stage, stage.people.ana).opted_out_at is None


def test_nothing_is_confirmed_while_everything_is_stopped_and_all_of_it_after(stage: Stage) -> None:
    say(stage, "stop")
    stop_everything(stage)
    assert tick(stage) == []
    go_on(stage)
    assert len(tick(stage)) == 1
    assert states(stage) == [ReplyState.SENT]


def test_an_order_to_stop_that_comes_between_is_heard_in_the_claim(stage: Stage) -> None:
    say(stage, "stop")
    say(stage, "STOP", person="2")

    def stops(request: Request) -> Answered:
        stop_everything(stage)
        return fakes.accepts(request)

    assert len(tick(stage, stops)) == 1


def test_after_a_restore_nobody_left_out_is_told_a_second_time(stage: Stage) -> None:
    say(stage, "stop")
    stop_everything(stage)
    go_on(stage, leaving_out=True)
    assert tick(stage) == []
    assert states(stage) == [ReplyState.SKIPPED]


def test_a_database_older_than_the_last_confirmation_sends_nothing(stage: Stage) -> None:
    stage.sender()
    say(stage, "stop")
    tick(stage)
    with stage.house.db.writer(EVERY_BRAND) as session:
        session.exec(delete(RateBucket))  # as in a copy made before
        session.commit()
    stage.sender()
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert halting.current(session) is not None


def test_a_start_of_somebody_who_never_stopped_is_not_answered(stage: Stage) -> None:
    say(stage, "start")
    assert tick(stage) == []


def test_who_changed_their_mind_in_between_is_not_told_the_old_one(stage: Stage) -> None:
    say(stage, "stop")
    stage.clock.advance(seconds=1)
    say(stage, "start")
    assert told(tick(stage)) == [confirmation.TEXTS[Keyword.START]["en"]]
    assert states(stage) == [ReplyState.SKIPPED, ReplyState.SENT]


@pytest.mark.parametrize(
    ("locale", "word", "language"),
    [
        ("fr_FR", "stop", "fr"),
        ("th_TH", "STOP", "th"),
        (None, "arrêter", "fr"),
        (None, "dừng lại", "vi"),
        ("fil_PH", "stop", "tl"),
        ("xx", "退订", "zh"),
        (None, "stop", "en"),
    ],
)
def test_the_answer_is_in_the_persons_language(
    stage: Stage, locale: str | None, word: str, language: str
) -> None:
    change(stage, stage.people.ana, locale=locale)
    say(stage, word)
    assert told(tick(stage)) == [confirmation.TEXTS[Keyword.STOP][language]]


def test_a_brand_words_its_own_answer_and_its_own_stop(stage: Stage) -> None:
    now, brand = stage.clock.now(), stage.people.rosewood
    keep(
        stage,
        ReplyText(brand_id=brand, kind="stop", language="en", text="Done. START undoes it."),
        OwnWord(brand_id=brand, means="stop", phrase="Basta!", folded="no roses", created_at=now),
    )
    say(stage, "No roses, please!")
    assert told(tick(stage)) == ["Done. START undoes it."]


def test_a_brand_may_turn_the_answers_off(stage: Stage) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        replies.set_confirms(session, stage.people.rosewood, on=False)
        session.commit()
    say(stage, "stop")
    assert (tick(stage), rows(stage)) == ([], [])
    assert person(stage, stage.people.ana).opted_out_at is not None


def test_a_stop_that_comes_to_us_too_late_is_heard_and_not_answered(stage: Stage) -> None:
    say(stage, "stop", "2", stage.clock.now() - timedelta(hours=25))
    assert rows(stage) == []
    assert person(stage, stage.people.ben).opted_out_at is not None


def test_the_platforms_own_stop_is_not_answered(stage: Stage) -> None:
    post(stage, event(stage.clock.now(), "1", optout={"notification_messages_token": "t"}))
    understand(stage)
    assert rows(stage) == []


def test_a_closed_window_is_not_written_into(stage: Stage) -> None:
    say(stage, "stop")
    change(stage, stage.people.ana, window_ends_at=stage.clock.now())
    assert (tick(stage), states(stage)) == ([], [ReplyState.SKIPPED])


class Died(BaseException):
    """The process is gone in the middle of a request."""


def dies(_request: Request) -> Answered:
    raise Died


def test_a_process_that_dies_leaves_an_unknown_that_is_never_asked_again(stage: Stage) -> None:
    say(stage, "stop")
    with pytest.raises(Died):
        tick(stage, dies)
    assert (states(stage), tick(stage)) == ([ReplyState.CLAIMED], [])
    stage.clock.advance(minutes=3)
    assert tick(stage) == []
    assert states(stage) == [ReplyState.UNKNOWN]


def echo(stage: Stage, mark: str) -> None:
    said = {"mid": f"m_{mark}", "is_echo": True, "app_id": 1, "metadata": mark, "text": "Done."}
    post(stage, {"sender": {"id": cast.PAGE}, "recipient": {"id": "1"},
                 "timestamp": ms(stage.clock.now()), "message": said})  # fmt: skip
    understand(stage)


def test_an_echo_settles_what_nobody_answered(stage: Stage) -> None:
    say(stage, "stop")
    tick(stage, fakes.breaks(TransportError.TIMEOUT, written=True))
    (row,) = rows(stage)
    assert row.state == ReplyState.UNKNOWN
    echo(stage, confirmation.mark_of(row.id or 0, row.epoch))
    assert states(stage) == [ReplyState.SENT]


def test_an_echo_of_a_message_lost_with_an_older_database_settles_no_other(stage: Stage) -> None:
    say(stage, "stop")
    tick(stage, fakes.breaks(TransportError.TIMEOUT, written=True))
    (row,) = rows(stage)
    assert row.epoch is not None
    for epoch in (row.epoch ^ 1, None):
        echo(stage, confirmation.mark_of(row.id or 0, epoch))
        assert states(stage) == [ReplyState.UNKNOWN]


def test_a_refusal_that_passes_is_asked_again_and_a_final_one_is_not(stage: Stage) -> None:
    say(stage, "stop")
    tick(stage, fakes.refuses(613))
    assert states(stage) == [ReplyState.QUEUED]
    stage.clock.advance(minutes=1)
    tick(stage, fakes.refuses(10, 2018278))
    assert (states(stage), tick(stage)) == ([ReplyState.FAILED], [])


def test_a_dead_token_stops_the_channel_and_the_answer_waits(stage: Stage) -> None:
    say(stage, "stop")
    tick(stage, fakes.refuses(190, status=401))
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Channel, stage.people.channel).state == "stopped"
    stage.clock.advance(minutes=1)
    assert (tick(stage), states(stage)) == ([], [ReplyState.QUEUED])


def test_a_channel_that_cannot_be_opened_holds_no_other_up(stage: Stage) -> None:
    say(stage, "stop")
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Channel, stage.people.channel).access_token = "nonsense"
        session.commit()
    assert (tick(stage), states(stage)) == ([], [ReplyState.QUEUED])

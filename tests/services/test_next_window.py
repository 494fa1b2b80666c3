"""A broadcast that waits for windows: who is open goes at once, others when they write, once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests import cast
from tests.services.test_halting import go_on, stop
from tests.services.test_house_rules import night, put_rules, told
from tests.services.test_local_time import lines, scheduled
from tests.services.test_receiving import post, understand, wrote
from tests.stage import Stage
from webapp import db as database
from webapp.domain import house_rules as house
from webapp.domain import period
from webapp.domain.errors import Invalid
from webapp.domain.schedule import Schedule
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.subscriber import Subscriber
from webapp.services import (
    awaiting,
    joining,
    planning,
    recovering,
    steering,
    subscribers,
)
from webapp.services.sending import Sender
from webapp.store import awaited

WAITS = ("QUEUED", period.AWAITS)
DAY = timedelta(days=1)


def three_days(stage: Stage) -> dict[str, object]:
    return {"mode": "window", "until": (stage.clock.now() + 3 * DAY).isoformat()}


def begun(stage: Stage) -> tuple[int, Sender]:
    """Started and sent as far as windows are open: Ana's is, Ben's and Dao's are not."""
    broadcast = scheduled(stage, three_days(stage))
    stage.clock.advance(seconds=20)  # in which it may be undone
    stage.start()
    sender = stage.sender()
    stage.run(sender)
    return broadcast, sender


def writes(stage: Stage, person_key: str, text: str = "Oi", at: datetime | None = None) -> None:
    """They write to the Page; the webhook is kept, and applied."""
    at = at or stage.clock.now()
    post(stage, wrote(at, text, person_key, mid=f"{person_key} {text} {at.timestamp()}"))
    understand(stage)


def later(stage: Stage, sender: Sender, **by: float) -> None:
    """Time passes; the clock ticks and the sender works."""
    stage.clock.advance(**by)
    awaiting.close_due(stage.house.db, stage.clock.now())
    stage.run(sender)
    stage.clock.advance(seconds=6)  # a run with nobody to write to is looked at again after five
    stage.run(sender)


def change(stage: Stage, person_id: int, **columns: Any) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        for name, value in columns.items():
            setattr(session.get_one(Subscriber, person_id), name, value)
        session.commit()


def test_who_is_open_gets_it_at_the_start_and_the_others_wait(stage: Stage) -> None:
    broadcast, _ = begun(stage)
    found = told(stage, broadcast)
    assert found == {
        "Ana": ("SENT", None), "Ben": WAITS, "Dao": WAITS, "Cara": ("SKIPPED", "consent.stop"),
    }  # fmt: skip
    totals = stage.totals(broadcast)
    assert (totals.adds_up, totals.queued, totals.sent, totals.skipped) == (True, 2, 1, 1)
    assert stage.state(broadcast) == "sending"
    assert stage.rows(broadcast)["Ben"].route == "window"


def test_who_writes_gets_it_once_within_seconds(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    stage.clock.advance(hours=5)
    wrote_at = stage.clock.now()
    writes(stage, "2", "Oi")
    writes(stage, "2", "and again")  # in the same second
    later(stage, sender)
    row = stage.rows(broadcast)["Ben"]
    assert told(stage, broadcast)["Ben"] == ("SENT", None)
    assert row.sent_at is not None
    assert row.sent_at - wrote_at < timedelta(seconds=10)
    writes(stage, "2", "thanks")
    later(stage, sender, days=1, seconds=1)
    writes(stage, "2", "a window later")
    later(stage, sender)
    assert len(stage.transport.sent) == 2
    assert stage.totals(broadcast).adds_up


def test_an_event_of_yesterday_that_opens_nothing_any_more_sends_nothing(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    stage.clock.advance(days=2)
    writes(stage, "2", at=stage.clock.now() - timedelta(hours=25))
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == WAITS


def test_who_never_writes_is_skipped_at_the_end_and_it_is_done(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    later(stage, sender, days=2, hours=23)
    assert told(stage, broadcast)["Ben"] == WAITS
    later(stage, sender, hours=1)
    found = told(stage, broadcast)
    assert found["Ben"] == found["Dao"] == ("SKIPPED", period.NEVER_OPENED)
    assert stage.rows(broadcast)["Ben"].route == "none"
    assert stage.totals(broadcast).adds_up
    assert stage.state(broadcast) == "done"
    writes(stage, "2")
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == ("SKIPPED", period.NEVER_OPENED)


def test_nobody_is_written_to_after_the_end_not_even_after_downtime(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    writes(stage, "2")  # its turn has come, and then nothing runs for three days
    stage.clock.advance(days=3)
    stage.run(sender)  # the sender is back before the clock
    assert told(stage, broadcast)["Ben"] == ("QUEUED", None)
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == ("SKIPPED", period.OVER)
    assert stage.totals(broadcast).adds_up
    assert len(stage.transport.sent) == 1


def test_a_stop_is_a_message_that_gets_no_answer_but_the_skip(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    writes(stage, "2", "STOP")
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == ("SKIPPED", "consent.stop")


def test_who_stopped_by_another_way_or_was_erased_waits_no_longer(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    now = stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        subscribers.stop_all(session, stage.actor(), stage.people.ben, "by telephone", now)
        subscribers.erase(session, stage.actor(), cast.VAULT, stage.people.dao, now)
    awaiting.look_again(stage.house.db, now)
    later(stage, sender)
    ends = {row.subscriber_id: row.reason for row in stage.rows(broadcast).values()}
    assert {ends[stage.people.ben], ends[stage.people.dao]} == {"consent.stop"}
    assert stage.state(broadcast) == "done"


def test_two_rows_that_become_one_person_are_written_to_once(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        ben, dao = (session.get_one(Subscriber, it) for it in (stage.people.ben, stage.people.dao))
        joining.join(session, ben, dao, stage.clock.now())
        session.commit()
    awaiting.look_again(stage.house.db, stage.clock.now())
    writes(stage, "2")
    later(stage, sender)
    ends = {row.subscriber_id: row.state for row in stage.rows(broadcast).values()}
    assert (ends[stage.people.ben], ends[stage.people.dao]) == (2, 4)
    assert stage.state(broadcast) == "done"


def test_a_window_that_no_webhook_opened_is_found(stage: Stage) -> None:
    """An import knows of a message; or somebody wrote while their row was being planned."""
    broadcast, sender = begun(stage)
    now = stage.clock.now()
    change(
        stage, stage.people.ben, window_ends_at=now + DAY, window_opened_at=now,
        last_inbound_at=now, window_opener="import",
    )  # fmt: skip
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == WAITS
    assert awaiting.look_again(stage.house.db, stage.clock.now()) == 1
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == ("SENT", None)


def test_who_writes_while_it_is_paused_waits_for_the_next_window(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.pause(session, stage.actor(), broadcast, stage.clock.now())
    writes(stage, "2")
    later(stage, sender, hours=25)
    assert told(stage, broadcast)["Ben"] == ("QUEUED", None)
    with stage.house.db.writer(stage.people.rosewood) as session:
        steering.resume(session, stage.actor(), broadcast, stage.clock.now())
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == WAITS
    writes(stage, "2", "again")
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == ("SENT", None)
    assert stage.totals(broadcast).adds_up


def test_cancelling_ends_the_wait(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        assert steering.cancel(session, stage.actor(), broadcast, stage.clock.now()) == 2
    writes(stage, "2")
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == ("CANCELLED", "broadcast.cancelled")
    assert stage.totals(broadcast).adds_up


def test_a_stop_of_everything_holds_who_writes_and_they_go_on_after_it(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    stop(stage)
    writes(stage, "2")
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == ("QUEUED", None)
    go_on(stage)
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == ("SENT", None)


def test_a_new_process_goes_on_with_who_wrote_meanwhile(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    sender.leave()
    writes(stage, "2")
    later(stage, stage.sender())
    assert told(stage, broadcast)["Ben"] == ("SENT", None)


def test_the_cap_counts_when_the_window_opens(stage: Stage) -> None:
    put_rules(stage, cap={"messages": 1, "days": 1})
    broadcast, sender = begun(stage)
    writes(stage, "2")
    other = stage.broadcast()
    stage.start()
    later(stage, sender)
    ends = {told(stage, it)["Ben"] for it in (broadcast, other)}
    assert ends == {("SENT", None), ("SKIPPED", house.CAP)}


@pytest.mark.parametrize(("hours_later", "end"), [(1, ("SENT", None)), (-3, WAITS)])
def test_who_writes_in_the_quiet_hours_gets_it_after_them_if_the_window_lasts(
    stage: Stage, hours_later: int, end: tuple[str, str | None]
) -> None:
    """Ben writes at midnight in Paris. At eight there his window of that message, or the rest of an
    earlier one, is open or not."""
    put_rules(stage, night())
    broadcast, sender = begun(stage)
    stage.clock.moment = stage.clock.moment.replace(hour=23)
    writes(stage, "2", at=stage.clock.now() - timedelta(hours=19 if hours_later < 0 else 0))
    later(stage, sender)
    assert told(stage, broadcast)["Ben"] == ("QUEUED", None)
    later(stage, sender, hours=9)
    assert told(stage, broadcast)["Ben"] == end
    assert stage.totals(broadcast).adds_up


def test_a_run_that_begins_in_the_quiet_hours_lets_both_kinds_wait(stage: Stage) -> None:
    put_rules(stage, night())
    stage.clock.moment = stage.clock.moment.replace(hour=23)
    change(stage, stage.people.ana, window_ends_at=stage.clock.now() + DAY)
    broadcast, sender = begun(stage)
    found = told(stage, broadcast)
    assert (found["Ana"], found["Ben"]) == (("QUEUED", None), WAITS)
    later(stage, sender, hours=9)
    assert told(stage, broadcast)["Ana"] == ("SENT", None)


def test_the_forecast_and_the_check_say_who_waits(stage: Stage) -> None:
    broadcast = scheduled(stage, three_days(stage))
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        found = planning.forecast(session, row, stage.clock.now(), stage.house.book)
    assert (found.audience, found.reached, found.awaiting) == (4, 1, 2)
    assert sum(it.people for it in found.reasons) == 1
    (line,) = lines(stage, broadcast)[1:]
    assert line.startswith("At the start it goes to 1. 2 people wait for their window; whoever's")


def test_what_conflicts_is_announced(stage: Stage) -> None:
    put_rules(stage, night("skip"), {"messages": 1, "days": 7})
    broadcast = scheduled(stage, three_days(stage))
    said = " ".join(lines(stage, broadcast))
    assert "quiet hours when it is their turn is skipped" in said
    assert "cap (at most 1 message in 7 days) counts when a window opens" in said


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"time": "10:00"}, "time"),  # by each person's own clock
        ({"rule": "FREQ=DAILY;COUNT=3"}, "rule"),  # again and again
        ({"until": "2026-12-25T12:00:00"}, "until"),  # no offset
        ({"until": None}, "until"),
    ],
)
def test_options_that_do_not_go_together_are_refused_by_name(
    more: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        Schedule.parse({"mode": "window", "until": "2026-12-25T12:00:00Z", **more})
    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize("days", [-1, 31])
def test_a_period_is_to_come_and_at_most_thirty_days_long(stage: Stage, days: int) -> None:
    until = (stage.clock.now() + days * DAY).isoformat()
    with pytest.raises(Invalid):
        scheduled(stage, {"mode": "window", "until": until})


def test_other_kinds_need_no_window_and_are_told_so(stage: Stage) -> None:
    broadcast = stage.broadcast(
        state="draft", kind="subscription", topic_id=stage.people.topic, schedule=three_days(stage)
    )
    assert "Only a standard message waits for windows" in lines(stage, broadcast)[0]


def test_people_who_write_at_the_same_moment_are_each_written_to_once(stage: Stage) -> None:
    """Two events of each, kept and applied by threads of their own, while the sender works."""
    broadcast, sender = begun(stage)
    now, together = stage.clock.now(), threading.Barrier(5)

    def write(person_key: str, text: str) -> None:
        together.wait()
        post(stage, wrote(now, text, person_key, mid=f"{person_key} {text}"))
        understand(stage)

    threads = [
        threading.Thread(target=write, args=(key, text)) for key in ("2", "4") for text in "ab"
    ]
    for thread in threads:
        thread.start()
    together.wait()
    stage.run(sender)
    for thread in threads:
        thread.join()
    later(stage, sender)
    found = told(stage, broadcast)
    assert {found["Ben"], found["Dao"]} == {("SENT", None)}
    assert len(stage.transport.sent) == 3
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Occurrence.state)).one() == "done"


def test_a_dead_sender_makes_unknown_of_whoever_wrote_and_never_sends_twice(stage: Stage) -> None:
    broadcast, sender = begun(stage)
    writes(stage, "2")
    stage.transport.silent = True  # the request is on its way when the process dies
    later(stage, sender)
    stage.transport.silent = False
    stage.clock.advance(minutes=5)
    recovering.bury_dead(stage.house.db, stage.clock.now())
    writes(stage, "2", "hello?")
    later(stage, stage.sender())
    assert told(stage, broadcast)["Ben"][0] == "UNKNOWN"
    assert stage.totals(broadcast).adds_up


def test_a_webhook_finds_by_an_index_whose_row_waits(sqlite_db: database.Database) -> None:
    """The index holds these rows alone: while nobody waits there is nothing to look through."""
    with sqlite_db.reader(database.EVERY_BRAND) as session:
        statement = str(awaited.RELEASE.compile(session.get_bind()))
        plan = session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement}", ("", "", 1, "")[: statement.count("?")]
        )
        assert any("ix_delivery_awaits" in str(line) for line in plan)

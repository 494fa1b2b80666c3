"""Quiet hours and caps: kept at planning and at the claim, and every row says why."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, func, select

from tests.services.test_budget import claim
from tests.stage import Stage
from webapp import db as database
from webapp.domain import house_rules as house
from webapp.domain.broadcast import Kind
from webapp.domain.cap import Cap
from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import Forbidden
from webapp.domain.forecast import Hours
from webapp.domain.permission import Role
from webapp.domain.quiet_hours import QuietHours
from webapp.models.audit import Audit
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.services import (
    approving,
    asking,
    drafting,
    explaining,
    house_rules,
    planning,
    preflight,
    reach_by_hour,
    retiming,
)
from webapp.store import claims
from webapp.store.claims import Waiting

PARIS, RECIFE = "Europe/Paris", "America/Recife"
MORNING = datetime(2026, 11, 23, 7, tzinfo=UTC)  # eight o'clock in Paris


def put_rules(stage: Stage, quiet: object = None, cap: object = None) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        house_rules.keep(
            session,
            stage.actor(),
            QuietHours.parse(quiet) if quiet else None,
            Cap.parse(cap) if cap else None,
            stage.clock.now(),
        )


def night(then: str = "hold") -> dict[str, str]:
    return {"start": "22:00", "end": "08:00", "then": then}


def person(
    session: Session, stage: Stage, name: str, zone: str | None, hours_left: float
) -> Subscriber:
    """Somebody whose window is open for so long."""
    now, ends = stage.clock.now(), stage.clock.now() + timedelta(hours=hours_left)
    made = Subscriber(
        brand_id=stage.people.rosewood, channel_id=stage.people.channel, key=name,
        first_name=name, timezone=zone, country="FR", window_opener="message",
        window_opened_at=min(now, ends - timedelta(hours=24)), last_inbound_at=now,
        window_ends_at=ends, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def enter_crowd(stage: Stage) -> None:
    """At half past ten in the evening of Paris."""
    stage.clock.moment = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Brand, stage.people.rosewood).timezone = PARIS
        person(session, stage, "Long", PARIS, 20)
        person(session, stage, "Short", PARIS, 5)
        person(session, stage, "Awake", RECIFE, 5)
        person(session, stage, "Nowhere", "Mars/Base", 20)
        person(session, stage, "Silent", None, 20)
        session.commit()


def told(stage: Stage, broadcast: int) -> dict[str, tuple[str, str | None]]:
    return {
        name: (DeliveryState(row.state).name, row.reason)
        for name, row in stage.rows(broadcast).items()
    }


def test_whoever_sleeps_waits_until_the_quiet_hours_end(stage: Stage) -> None:
    enter_crowd(stage)
    put_rules(stage, night())
    broadcast = stage.broadcast()
    stage.start()
    rows = stage.rows(broadcast)
    assert {name: rows[name].due_at for name in ("Long", "Nowhere", "Silent", "Awake")} == {
        "Long": MORNING, "Nowhere": MORNING, "Silent": MORNING, "Awake": None,
    }  # fmt: skip
    sender = stage.sender()
    stage.run(sender)
    assert told(stage, broadcast)["Awake"] == ("SENT", None)
    assert told(stage, broadcast)["Long"] == ("QUEUED", None)
    assert stage.totals(broadcast).adds_up
    assert stage.state(broadcast) == "sending"
    stage.clock.moment = MORNING
    stage.run(sender)
    assert {told(stage, broadcast)[it][0] for it in ("Long", "Nowhere", "Silent")} == {"SENT"}
    assert stage.state(broadcast) == "done"


def test_a_window_that_ends_before_the_quiet_hours_do_is_a_skip_that_says_so(stage: Stage) -> None:
    enter_crowd(stage)
    put_rules(stage, night())
    broadcast = stage.broadcast()
    stage.start()
    assert told(stage, broadcast)["Short"] == ("SKIPPED", house.OUTLASTED)
    assert told(stage, broadcast)["Cara"] == ("SKIPPED", "consent.stop")
    assert stage.totals(broadcast).adds_up


def test_a_brand_may_skip_whoever_sleeps(stage: Stage) -> None:
    enter_crowd(stage)
    put_rules(stage, night("skip"))
    broadcast = stage.broadcast()
    stage.start()
    found = told(stage, broadcast)
    assert {found[it] for it in ("Long", "Short", "Silent")} == {("SKIPPED", house.SKIPPED)}
    assert found["Awake"] == ("QUEUED", None)


@pytest.mark.parametrize(
    ("then", "long", "short"),
    [
        ("hold", ("QUEUED", None), ("SKIPPED", house.OUTLASTED)),
        ("skip", ("SKIPPED", house.SKIPPED), ("SKIPPED", house.SKIPPED)),
    ],
)
def test_quiet_hours_that_begin_while_it_is_sending_are_kept_at_the_claim(
    stage: Stage, then: str, long: tuple[str, None], short: tuple[str, str]
) -> None:
    enter_crowd(stage)
    broadcast = stage.broadcast()
    stage.start()
    put_rules(stage, night(then))
    sender = stage.sender()
    stage.run(sender)
    found = told(stage, broadcast)
    assert (found["Long"], found["Short"], found["Awake"]) == (long, short, ("SENT", None))
    assert stage.rows(broadcast)["Long"].due_at == (MORNING if then == "hold" else None)
    assert stage.totals(broadcast).adds_up
    stage.clock.moment = MORNING
    stage.run(sender)
    assert stage.state(broadcast) == "done"


def test_the_forecast_says_what_the_plan_does(stage: Stage) -> None:
    enter_crowd(stage)
    for then in ("hold", "skip"):
        put_rules(stage, night(then))
        broadcast = stage.broadcast()
        with stage.house.db.reader(stage.people.rosewood) as session:
            row = session.get_one(Broadcast, broadcast)
            found = planning.forecast(session, row, stage.clock.now(), stage.house.book)
        stage.start()
        totals = stage.totals(broadcast)
        assert (found.audience, found.reached) == (totals.audience, totals.queued)
        planned = stage.rows(broadcast).values()
        assert found.waiting == sum(row.due_at is not None for row in planned)
        reasons = {it.verdict.rule_id: it.people for it in found.reasons}
        assert reasons == {
            reason: sum(row.reason == reason for row in planned) for reason in reasons
        }
        assert sum(reasons.values()) == totals.skipped
        stage.run(stage.sender())


@pytest.mark.parametrize(
    ("quiet", "long", "end"),
    [
        (None, None, ("SENT", None)),  # no quiet hours any more: at once
        ({"start": "22:00", "end": "06:00"}, MORNING - timedelta(hours=2), ("QUEUED", None)),
        ({"start": "22:00", "end": "09:00"}, MORNING + timedelta(hours=1), ("QUEUED", None)),
        (night("skip"), MORNING, ("QUEUED", None)),  # judged when their moment comes
    ],
)
def test_changed_quiet_hours_reach_whoever_waits_already(
    stage: Stage, quiet: object, long: datetime | None, end: tuple[str, None]
) -> None:
    enter_crowd(stage)
    put_rules(stage, night())
    broadcast = stage.broadcast()
    stage.start()
    assert stage.rows(broadcast)["Long"].due_at == MORNING
    stage.clock.advance(minutes=10)
    put_rules(stage, quiet)
    now = stage.clock.now()
    moved = retiming.retime_due(stage.house.db, now)
    assert moved == (0 if long == MORNING else 4)  # Ana sleeps as well
    assert stage.rows(broadcast)["Long"].due_at == (long or now)
    assert retiming.retime_due(stage.house.db, now) == 0  # once
    stage.run(stage.sender())
    assert told(stage, broadcast)["Long"] == end
    assert stage.totals(broadcast).adds_up


def test_a_change_moves_nobody_before_their_own_time_has_come(stage: Stage) -> None:
    """At 23:00 by their own clocks, which the quiet hours held until eight."""
    enter_crowd(stage)
    put_rules(stage, night())
    chosen = {"mode": "local", "day": "2026-11-22", "time": "23:00", "zone": PARIS}
    broadcast = stage.broadcast(schedule=chosen)
    stage.start()
    assert stage.rows(broadcast)["Long"].due_at == MORNING
    stage.clock.advance(minutes=10)
    put_rules(stage)
    retiming.retime_due(stage.house.db, stage.clock.now())
    rows = stage.rows(broadcast)
    assert rows["Long"].due_at == datetime(2026, 11, 22, 22, tzinfo=UTC)


def test_a_change_is_carried_through_in_small_transactions(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_crowd(stage)
    put_rules(stage, night())
    broadcast = stage.broadcast()
    stage.start()
    stage.clock.advance(minutes=1)
    put_rules(stage, night() | {"end": "09:00"})
    monkeypatch.setattr(retiming, "CHUNK", 1)
    assert retiming.retime_due(stage.house.db, stage.clock.now()) == 4
    rows = stage.rows(broadcast)
    assert {rows[it].due_at for it in ("Long", "Nowhere", "Silent")} == {
        MORNING + timedelta(hours=1)
    }


def send_to_ana(stage: Stage, *, expected: str) -> int:
    broadcast = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    assert told(stage, broadcast)["Ana"][0] == expected
    stage.clock.advance(minutes=1)
    return broadcast


def test_nobody_gets_more_than_the_cap_in_its_days(stage: Stage) -> None:
    put_rules(stage, cap={"messages": 2, "days": 1})
    first = send_to_ana(stage, expected="SENT")
    send_to_ana(stage, expected="SENT")
    third = send_to_ana(stage, expected="SKIPPED")
    assert told(stage, third)["Ana"] == ("SKIPPED", house.CAP)
    sent_at = stage.rows(first)["Ana"].sent_at
    assert sent_at is not None
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Subscriber, stage.people.ana).window_ends_at = sent_at + timedelta(days=3)
        session.commit()
    stage.clock.moment = sent_at + timedelta(days=1)
    send_to_ana(stage, expected="SENT")


def test_an_exempt_broadcast_passes_the_cap_and_counts_for_the_next(stage: Stage) -> None:
    put_rules(stage, cap={"messages": 1, "days": 7})
    send_to_ana(stage, expected="SENT")
    exempt = stage.broadcast(cap_exempt=True)
    stage.start()
    stage.run(stage.sender())
    assert told(stage, exempt)["Ana"] == ("SENT", None)
    assert told(stage, exempt)["Cara"] == ("SKIPPED", "consent.stop")  # only the house's cap
    put_rules(stage, cap={"messages": 2, "days": 7})
    send_to_ana(stage, expected="SKIPPED")


def test_a_manager_exempts_it_which_voids_its_approval_and_is_said(stage: Stage) -> None:
    put_rules(stage, cap={"messages": 1, "days": 7})
    broadcast = stage.broadcast(state="approved")
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        now, book = stage.clock.now(), stage.house.book
        before, version = approving.hash_of(session, row, book, now), row.version
        with pytest.raises(Forbidden):
            drafting.exempt(session, stage.actor(Role.EDITOR), broadcast, version, now, on=True)
        drafting.exempt(session, stage.actor(Role.MANAGER), broadcast, version, now, on=True)
        assert (row.state, row.cap_exempt) == ("draft", True)
        assert approving.hash_of(session, row, book, now) != before
        found = preflight.check(session, row, book, now).lines
        assert any("Exempt from the brand's cap" in str(line.words) for line in found)
        drafting.exempt(session, stage.actor(Role.MANAGER), broadcast, row.version, now, on=False)
        assert approving.hash_of(session, row, book, now) == before
        acts = {line.action for line in session.exec(select(Audit))}
    assert {"broadcast.exempt", "broadcast.exempt_end"} <= acts


def test_runs_under_way_at_once_do_not_pass_the_cap_together(stage: Stage) -> None:
    """All planned before any is sent: the plan saw nobody capped, the claims do."""
    put_rules(stage, cap={"messages": 2, "days": 7})
    made = [stage.broadcast() for _ in range(4)]
    stage.start()
    assert {told(stage, it)["Ana"][0] for it in made} == {"QUEUED"}
    sender = stage.sender()
    stage.run(sender, turns=60)
    ends = sorted(told(stage, it)["Ana"][0] for it in made)
    assert ends == ["SENT", "SENT", "SKIPPED", "SKIPPED"]
    assert all(stage.totals(it).adds_up for it in made)


def test_an_unknown_outcome_counts_and_a_failed_one_does_not(stage: Stage) -> None:
    put_rules(stage, cap={"messages": 1, "days": 7})
    now = stage.clock.now()
    for state, expected in ((DeliveryState.FAILED, "SENT"), (DeliveryState.UNKNOWN, "SKIPPED")):
        before = stage.broadcast()
        with stage.house.db.writer(stage.people.rosewood) as session:
            query = select(Occurrence).where(Occurrence.broadcast_id == before)
            session.exec(query).one().state = "done"
            for old in session.exec(select(Delivery)):
                old.claimed_at = None
            session.add(
                Delivery(
                    brand_id=stage.people.rosewood, broadcast_id=before,
                    channel_id=stage.people.channel, subscriber_id=stage.people.ana,
                    state=int(state), claimed_at=now,
                )
            )  # fmt: skip
            session.commit()
        send_to_ana(stage, expected=expected)


def test_only_admins_may_change_them_and_the_log_says_what(stage: Stage) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session, pytest.raises(Forbidden):
        house_rules.keep(session, stage.actor(Role.MANAGER), None, Cap(3, 7), stage.clock.now())
    put_rules(stage, night(), {"messages": 3, "days": 7})
    with stage.house.db.reader(stage.people.rosewood) as session:
        kept = house_rules.of(session.get_one(Brand, stage.people.rosewood))
        assert (kept.cap, kept.quiet) == (Cap(3, 7), QuietHours.parse(night()))
        line = session.exec(select(Audit).where(Audit.action == "brand.house_rules")).one()
    assert line.detail["cap"] == {"messages": 3, "days": 7}


def check_lines(stage: Stage, broadcast: int) -> list[str]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        row = session.get_one(Broadcast, broadcast)
        found = preflight.check(session, row, stage.house.book, stage.clock.now())
        return [str(line.words) for line in found.lines if "uiet" in str(line.words)
                or "Cap" in str(line.words)]  # fmt: skip


def test_the_check_says_who_sleeps_and_who_has_had_enough(stage: Stage) -> None:
    enter_crowd(stage)
    put_rules(stage, night(), {"messages": 1, "days": 7})
    broadcast, shown = stage.broadcast(), "Mon 23 Nov 2026, 07:00 UTC"
    assert check_lines(stage, broadcast) == [
        f"Quiet hours: 4 people sleep at that time. Theirs waits, the last until {shown}.",
        "Quiet hours: 1 person cannot be written to any more when these end.",
    ]
    stage.start()
    stage.run(stage.sender())
    again = stage.broadcast()
    assert check_lines(stage, again)[-1] == (
        "Cap: 1 person has had as many messages as it allows (at most 1 message in 7 days) and is "
        "skipped."
    )
    put_rules(stage, night("skip"))
    assert check_lines(stage, again) == [
        "Quiet hours: 5 people sleep at that time and are skipped."
    ]


def explained(stage: Stage, person_id: int) -> explaining.Explanation:
    now = stage.clock.now()
    with stage.house.db.reader(stage.people.rosewood) as session:
        known = explaining.grounds(
            session, session.get_one(Subscriber, person_id), stage.house.book, now
        )
        return explaining.explain(known, Kind.STANDARD, now, now)


def test_a_person_is_told_what_counted_and_when_the_next_may_go(stage: Stage) -> None:
    put_rules(stage, cap={"messages": 1, "days": 1})
    first = send_to_ana(stage, expected="SENT")
    sent_at = stage.rows(first)["Ana"].sent_at
    assert sent_at is not None
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(Subscriber, stage.people.ana).window_ends_at = sent_at + timedelta(days=3)
        session.commit()
    told_ = explained(stage, stage.people.ana)
    assert (told_.decision.held, told_.decision.reason.rule_id) == (True, house.CAP)
    assert told_.next_legal_at == told_.changes_at == sent_at + timedelta(days=1)
    remarks = [str(it) for it in told_.remarks]
    assert "Cap of the brand: at most 1 message in 1 day." in remarks
    assert any("1 message counts, the last of Sun 22 Nov 2026, 12:00 UTC." in it for it in remarks)


def test_a_sleeper_is_told_until_when_a_message_waits(stage: Stage) -> None:
    enter_crowd(stage)
    put_rules(stage, night())
    with stage.house.db.reader(stage.people.rosewood) as session:
        query = select(Subscriber.id).where(Subscriber.first_name == "Long")
        long = session.exec(query).one() or 0
    told_ = explained(stage, long)
    assert str(told_.timeline[0].words) == "It waits, and may go when the quiet hours end"
    assert told_.changes_at == told_.next_legal_at == MORNING
    assert "from 22:00 to 08:00 by the clocks of Europe/Paris" in str(told_.remarks[0])


def test_no_hour_of_the_night_is_called_the_best(stage: Stage) -> None:
    enter_crowd(stage)
    broadcast, hours = stage.broadcast(), Hours(stage.clock.now(), 24)

    def best() -> datetime:
        with stage.house.db.reader(stage.people.rosewood) as session:
            row = session.get_one(Broadcast, broadcast)
            found = reach_by_hour.reach(session, row, hours, stage.house.book, hours.first)
        assert found.best is not None
        return hours.at(found.best)

    assert best() == hours.first
    put_rules(stage, night())
    assert best() == MORNING + timedelta(minutes=30)


def test_workers_at_once_on_several_broadcasts_do_not_pass_the_cap(stage: Stage) -> None:
    """Four runs to the same twelve people, claimed by four workers at the same moment."""
    put_rules(stage, cap={"messages": 2, "days": 7})
    stage.clock.moment = stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        ids = [person(session, stage, f"P{n}", None, 20).id or 0 for n in range(12)]
        session.commit()
    made = [stage.broadcast() for _ in range(4)]
    stage.start()
    with stage.house.db.reader(stage.people.rosewood) as session:
        runs = [run.id or 0 for run in session.exec(select(Occurrence))]
    together = threading.Barrier(len(runs))

    def work(run: int) -> None:
        together.wait()
        for turn in range(6):
            claim(stage, run, f"worker {run} {turn}", room=5)

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run in runs:  # whoever was passed over while another worker looked at them
        for turn in range(4):
            claim(stage, run, f"last {run} {turn}")
    with stage.house.db.reader(stage.people.rosewood) as session:
        query = select(Delivery.subscriber_id, func.count()).where(
            col(Delivery.subscriber_id).in_(ids), Delivery.state == int(DeliveryState.CLAIMED)
        )
        claimed = dict(session.exec(query.group_by(col(Delivery.subscriber_id))).all())
    assert claimed == dict.fromkeys(ids, 2)
    assert {stage.totals(it).queued for it in made} == {0}


def test_people_another_worker_is_counting_are_passed_over(stage: Stage) -> None:
    """On PostgreSQL: two claims of one person never count at the same time. SQLite has one writer
    at a time anyway."""
    put_rules(stage, cap={"messages": 1, "days": 7})
    one, other = stage.broadcast(), stage.broadcast()
    stage.start()
    if stage.house.db.is_sqlite:
        return
    db, now = stage.house.db, stage.clock.now()
    with db.writer(database.EVERY_BRAND) as first, db.writer(database.EVERY_BRAND) as second:
        rows = [
            looked_at(session, stage, it, now) for session, it in ((first, one), (second, other))
        ]
        assert [[row.key for row in found] for found in rows] == [["1"], []]
        first.rollback()
        assert [row.key for row in looked_at(second, stage, other, now)] == ["1"]


def looked_at(session: Session, stage: Stage, broadcast: int, now: datetime) -> Sequence[Waiting]:
    run = session.exec(select(Occurrence).where(Occurrence.broadcast_id == broadcast)).one()
    row = session.get_one(Broadcast, broadcast)
    view = asking.about(session, row, now, stage.house.book).view
    return claims.claimable(session, run, view, 50, now)

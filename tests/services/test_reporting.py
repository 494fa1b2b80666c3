"""The report adds up, says why in words, exports without formulas, and settles unknowns."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests.services import broadcast_stage
from tests.services.broadcast_stage import BOOK, Stage
from webapp import db as database
from webapp.domain.content import Content
from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import Forbidden, NotFound, Refused
from webapp.models.audit import Audit
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.models.rollup import RollupDay
from webapp.models.subscriber import Subscriber
from webapp.services import planning, previewing, reporting, settling, starting

NOW_PLEASE: dict[str, object] = {"mode": "now"}


@pytest.fixture
def stage(db: database.Database, now: datetime) -> Stage:
    return broadcast_stage.enter(db, now)


def planned(stage: Stage) -> int:
    with stage.session() as session:
        made = stage.scheduled(session, schedule=NOW_PLEASE)
        due = made.scheduled_at or stage.now
    starting.start_due(stage.db, BOOK, due)
    planning.plan_due(stage.db, BOOK, due)
    return made.id or 0


def settle(session: Session, broadcast_id: int, person: int, **values: object) -> int:
    query = select(Delivery).where(
        Delivery.broadcast_id == broadcast_id, Delivery.subscriber_id == person
    )
    row = session.exec(query).one()
    for name, value in values.items():
        setattr(row, name, value)
    session.commit()
    return row.id or 0


def test_the_report_adds_up_to_the_planned_audience(stage: Stage) -> None:
    key = planned(stage)
    with stage.session() as session:
        report = reporting.report(session, key)
    assert report.adds_up
    assert (report.totals.audience, report.planned) == (4, 4)
    assert (report.totals.waiting, report.totals.skipped) == (1, 3)
    assert report.routes == {"window": 1}


def test_who_was_skipped_and_why_is_said_with_rule_source_and_change(stage: Stage) -> None:
    key = planned(stage)
    with stage.session() as session:
        skipped = reporting.report(session, key).of(DeliveryState.SKIPPED)
    by_code = {counted.reason.code: counted for counted in skipped}
    stop = by_code["consent.stop"]
    assert stop.people == 1
    assert "STOP" in str(stop.reason.words)
    assert str(stop.reason.source).startswith("https://")
    assert str(stop.reason.changes) == "when they opt in"
    window = by_code["messenger.window.24h"]
    assert (window.people, str(window.reason.changes)) == (2, "when they write")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("process.died", "may have the message"),
        ("brand.budget", "budget was spent"),
        ("10/2018278", "window"),
        ("999999/1", "code 999999/1"),
    ],
)
def test_a_code_is_said_in_words(stage: Stage, code: str, words: str) -> None:
    key = planned(stage)
    with stage.session() as session:
        settle(session, key, stage.cast.ana, state=int(DeliveryState.FAILED), reason=code)
        (failed,) = reporting.report(session, key).of(DeliveryState.FAILED)
    assert words in str(failed.reason.words)
    assert failed.reason.code == code


def test_the_file_has_a_row_for_everyone_and_no_formula(stage: Stage) -> None:
    key = planned(stage)
    with stage.session() as session:
        session.get_one(Subscriber, stage.cast.ana).first_name = "=cmd()"
        session.commit()
        rows = list(reporting.file_rows(session, key))
    assert rows[0] == list(reporting.COLUMNS)
    assert len(rows) == 5
    assert {row[3] for row in rows[1:]} == {"'=cmd()", "Ben", "Cara", "Dao"}


def test_another_brands_broadcast_has_no_report(stage: Stage) -> None:
    key = planned(stage)
    with stage.db.reader(stage.cast.other) as session, pytest.raises(NotFound):
        reporting.report(session, key)


@pytest.mark.parametrize("outcome", ["sent", "failed"])
def test_an_unknown_is_settled_by_a_person_and_the_log_says_who(
    stage: Stage, outcome: settling.Outcome
) -> None:
    key = planned(stage)
    with stage.session() as session:
        row = settle(session, key, stage.cast.ana, state=int(DeliveryState.UNKNOWN),
                     finished_at=stage.now, reason="no answer")  # fmt: skip
        settling.settle(session, stage.manager, key, row, outcome, stage.now)
        report = reporting.report(session, key)
        line = session.exec(select(Audit).where(Audit.action == "delivery.settle")).one()
        counted = session.exec(select(RollupDay)).one()
        assert (line.user_id, line.detail["outcome"]) == (stage.cast.manager, outcome)
        assert getattr(counted, outcome) == 1
    assert getattr(report.totals, outcome) == 1
    assert report.totals.unknown == 0


def test_what_a_person_settled_no_longer_says_that_nobody_knows(stage: Stage) -> None:
    key = planned(stage)
    with stage.session() as session:
        row = settle(session, key, stage.cast.ana, state=int(DeliveryState.UNKNOWN),
                     finished_at=stage.now, reason="no answer", detail="no answer")  # fmt: skip
        settling.settle(session, stage.manager, key, row, "sent", stage.now)
        codes = {
            it.reason.code: str(it.reason.words) for it in reporting.report(session, key).reasons
        }
        assert "no answer" not in codes
        settle(session, key, stage.cast.ana, state=int(DeliveryState.UNKNOWN), reason="no answer")
        settling.settle_all(session, stage.manager, key, "failed", stage.now, seen_at=stage.now)
        codes = {
            it.reason.code: str(it.reason.words) for it in reporting.report(session, key).reasons
        }
    assert "no answer" not in codes
    assert "did not" in codes["person.settled"]


def test_only_an_unknown_is_settled_and_only_by_who_may(stage: Stage) -> None:
    key = planned(stage)
    with stage.session() as session:
        row = settle(session, key, stage.cast.ana, state=int(DeliveryState.SENT))
        with pytest.raises(Refused):
            settling.settle(session, stage.manager, key, row, "failed", stage.now)
        with pytest.raises(Forbidden):
            settling.settle(session, stage.editor, key, row, "failed", stage.now)
        with pytest.raises(NotFound):
            settling.settle(session, stage.manager, key, row + 99, "failed", stage.now)


@pytest.mark.parametrize("outcome", ["sent", "failed"])
def test_unknowns_are_settled_together_but_not_those_nobody_has_seen(
    stage: Stage, outcome: settling.Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "AT_ONCE", 1)
    key, later = planned(stage), stage.now + timedelta(minutes=1)
    unknown = {"state": int(DeliveryState.UNKNOWN), "reason": "no answer"}
    with stage.session() as session:
        for person in (stage.cast.ana, stage.cast.ben):
            settle(session, key, person, **unknown, finished_at=stage.now)
        settle(session, key, stage.cast.cara, **unknown, finished_at=later)
        assert settling.settle_all(session, stage.manager, key, outcome, later,
                                   seen_at=stage.now) == 2  # fmt: skip
        totals = reporting.report(session, key).totals
        lines = session.exec(select(Audit).where(Audit.action == "delivery.settle_all")).all()
        assert sum(getattr(day, outcome) for day in session.exec(select(RollupDay))) == 2
        assert [line.detail["people"] for line in lines] == [1, 1]
        assert (getattr(totals, outcome), totals.unknown, totals.adds_up) == (2, 1, True)


def test_unknowns_of_one_reason_are_settled_and_only_by_who_may(stage: Stage) -> None:
    key = planned(stage)
    with stage.session() as session:
        for person, reason in ((stage.cast.ana, "no answer"), (stage.cast.ben, "process.died")):
            settle(session, key, person, state=int(DeliveryState.UNKNOWN), reason=reason,
                   finished_at=stage.now)  # fmt: skip
        with pytest.raises(Forbidden):
            settling.settle_all(session, stage.editor, key, "sent", stage.now, seen_at=stage.now)
        assert settling.settle_all(session, stage.manager, key, "sent", stage.now,
                                   seen_at=stage.now, reason="process.died") == 1  # fmt: skip
        (left,) = reporting.report(session, key).of(DeliveryState.UNKNOWN)
        assert left.reason.code == "no answer"
        assert str(left.reason.words).startswith("The platform gave no clear answer;")


def test_a_preview_shows_a_persons_own_values_and_nobodys_fallbacks(stage: Stage) -> None:
    content = Content(text="Oi {{first_name|there}}")
    with stage.session() as session:
        made = stage.draft(session)
        as_ana = previewing.preview(session, made, content, stage.cast.ana, stage.now)
        as_nobody = previewing.preview(session, made, content, None, stage.now)
        as_eva = previewing.preview(session, made, content, stage.cast.eva, stage.now)
        assert (as_ana.content.text, as_ana.fallback) == ("Oi Ana", False)
        assert (as_nobody.content.text, as_nobody.fallback) == ("Oi there", True)
        assert as_eva.person is None
        assert [p.first_name for p in _people(session, made, stage, "DA")] == ["Dao"]
        assert len(_people(session, made, stage, "")) == 4


def _people(session: Session, made: Broadcast, stage: Stage, search: str) -> list[Subscriber]:
    return previewing.people(session, made, search, stage.now)

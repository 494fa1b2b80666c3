"""A whole import undone: who goes, who stays and why, and what people get back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from tests.services.import_desk import EDITOR, FILE, Desk, counts
from webapp.domain import errors
from webapp.domain.consent import Source
from webapp.domain.import_trace import Trace, attributes_back, columns_back
from webapp.models.import_job import ImportedSubscriber
from webapp.models.opt_in import Consent
from webapp.models.rollup import RollupDay
from webapp.models.subscriber import Subscriber
from webapp.services import consents, import_undo, importing
from webapp.store import attributes, tags
from webapp.store import consents as ledger

KNOWN = (
    "psid,first_name,city,last_message_at,tags,orders\n2,Benoît,Lyon,2026-11-22T11:00:00Z,vip,3\n"
)


def change(desk: Desk, key: str, **columns: Any) -> None:
    with desk.db.writer(desk.cast.rosewood) as session:
        person = session.exec(select(Subscriber).where(Subscriber.key == key)).one()
        for name, value in columns.items():
            setattr(person, name, value)
        session.add(person)
        session.commit()


def test_whom_an_import_created_goes_and_its_opt_ins_are_taken_back(desk: Desk) -> None:
    before = desk.person("2")
    job = desk.whole(FILE)
    undone = desk.undo(job.id or 0)
    told = import_undo.told(undone)
    assert (undone.state, told["gone"], told["restored"], told["withdrawn"]) == ("undone", 3, 1, 2)
    assert [desk.person(key) for key in ("501", "502", "503")] == [None, None, None]
    after = desk.person("2")
    assert after is not None
    assert before is not None
    assert after.model_dump(exclude={"updated_at"}) == before.model_dump(exclude={"updated_at"})
    with desk.db.reader(desk.cast.rosewood) as session:
        assert session.exec(select(ImportedSubscriber)).all() == []
        assert len(session.exec(select(Consent)).all()) == 1  # Dao's own
        gone = session.exec(select(Subscriber).where(Subscriber.key.startswith("undone-"))).one()  # type: ignore[attr-defined]
        assert (gone.first_name, gone.erased_at) == (None, desk.now)
        acts = ledger.ledger(session, gone.id or 0)
        assert [act.action for act in acts] == ["opt_in", "opt_in", "withdraw", "withdraw"]
        assert acts[-1].evidence == f"import {job.id} undone: people.csv"
        assert list(ledger.all_broken_links(session)) == []
        days = session.exec(select(RollupDay)).all()
        assert sum(day.new_subscribers for day in days) == 0
        assert sum(day.opt_ins for day in days) == 0


def test_after_an_undo_the_same_file_brings_everybody_again(desk: Desk, now: datetime) -> None:
    desk.undo(desk.whole(FILE).id or 0)
    again = desk.whole(FILE)
    assert counts(again) == (3, 1, 0, 0)
    with desk.db.writer(desk.cast.rosewood) as session:
        elise = session.exec(select(Subscriber).where(Subscriber.key == "501")).one()
        states = ledger.states(session, [elise.id or 0])
        assert set(states.values()) == {"active"}
        consents.stop(session, elise, min(states)[1], at=now, now=now)  # worked out from all acts
        assert sorted(ledger.states(session, [elise.id or 0]).values()) == ["active", "stopped"]


def test_who_has_a_life_of_their_own_stays_and_is_counted_by_reason(
    desk: Desk, now: datetime
) -> None:
    lines = "".join(f"{n},P\n" for n in range(601, 606))
    job = desk.whole(f"psid,first_name\n{lines}")
    change(desk, "601", window_opener="message", last_inbound_at=now)
    change(desk, "602", opted_out_at=now)
    with desk.db.writer(desk.cast.rosewood) as session:
        person = session.exec(select(Subscriber).where(Subscriber.key == "603")).one()
        consents.opt_in(session, person, desk.cast.topic, at=now, now=now, source=Source.WEBHOOK)
        session.commit()
    desk.whole("psid,first_name\n604,P\n")
    told = import_undo.told(desk.undo(job.id or 0))
    assert {name: told[name] for name in ("gone", *import_undo.STAYED)} == {
        "gone": 1, "heard": 2, "acts": 1, "besides": 1, "sent": 0,
    }  # fmt: skip
    assert desk.person("605") is None
    assert desk.person("603") is not None
    with desk.db.reader(desk.cast.rosewood) as session:
        assert "active" in ledger.states(session, [person.id or 0]).values()


@pytest.mark.parametrize(("first", "gone", "stayed"), [("the older", 0, 3), ("the newer", 1, 0)])
def test_whom_two_imports_brought_goes_with_the_second_undo(
    desk: Desk, first: str, gone: int, stayed: int
) -> None:
    """The same file twice, the second time with somebody more."""
    older = desk.whole(FILE).id or 0
    newer = desk.whole(FILE + "504,Zoe,2026-11-21T08:51:22Z,,vip,1.00,\n").id or 0
    turns = [older, newer] if first == "the older" else [newer, older]
    told = import_undo.told(desk.undo(turns[0]))
    assert (told["gone"], told["besides"]) == (gone, stayed)
    assert desk.person("501") is not None
    told = import_undo.told(desk.undo(turns[1]))
    assert (told["gone"], told["besides"], told["acts"]) == (4 - gone, 0, 0)
    assert [desk.person(key) for key in ("501", "502", "503", "504")] == [None] * 4
    with desk.db.reader(desk.cast.rosewood) as session:
        assert sum(day.new_subscribers for day in session.exec(select(RollupDay))) == 0
        assert list(ledger.all_broken_links(session)) == []


def test_opt_ins_that_a_later_import_told_of_and_took_back_hold_nobody(desk: Desk) -> None:
    created = desk.whole("psid,first_name\n701,Zoe\n")
    told = desk.whole(
        "psid,topics,marketing_consent_at\n701,news,2026-11-20T10:00:00Z\n", wording="News"
    )
    desk.undo(told.id or 0)
    assert import_undo.told(desk.undo(created.id or 0))["gone"] == 1
    assert desk.person("701") is None


def test_a_person_known_before_gets_back_what_nobody_changed_since(
    desk: Desk, now: datetime
) -> None:
    desk.whole("psid,orders\n2,1\n")
    job = desk.whole(KNOWN)
    change(desk, "2", city="Nice")
    undone = desk.undo(job.id or 0)
    ben = desk.person("2")
    assert ben is not None
    assert (ben.first_name, ben.name_folded, ben.city) == ("Ben", "ben", "Nice")
    assert ben.last_inbound_at == now - timedelta(hours=48)
    assert ben.window_opener == "message"
    with desk.db.reader(desk.cast.rosewood) as session:
        assert tags.of(session, [ben.id or 0]) == {}
        assert attributes.of(session, [ben.id or 0]) == {ben.id: {"orders": Decimal(1)}}
    assert import_undo.told(undone)["restored"] == 1


def test_who_wrote_since_keeps_the_window_that_opened(desk: Desk, now: datetime) -> None:
    job = desk.whole(KNOWN)
    change(desk, "2", last_inbound_at=now, window_opener="message", window_opened_at=now,
           window_ends_at=now + timedelta(hours=24))  # fmt: skip
    desk.undo(job.id or 0)
    ben = desk.person("2")
    assert ben is not None
    assert (ben.last_inbound_at, ben.window_opener, ben.first_name) == (now, "message", "Ben")


def test_an_undo_that_is_killed_goes_on_where_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"{9000 + n},P\n" for n in range(30))
    job_id = desk.whole(f"psid,first_name\n{lines}").id or 0
    monkeypatch.setattr(import_undo, "LEAST", 10)
    real, calls = import_undo._step, []

    def crashing(*given: Any) -> bool:
        done = real(*given)
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt  # written, not committed
        return done

    monkeypatch.setattr(import_undo, "_step", crashing)
    with pytest.raises(KeyboardInterrupt):
        desk.undo(job_id)
    assert (desk.job(job_id).state, import_undo.told(desk.job(job_id))["gone"]) == ("undoing", 10)
    desk.advance()
    assert import_undo.told(desk.job(job_id))["gone"] == 30
    assert desk.job(job_id).state == "undone"


def test_only_an_import_that_brought_somebody_is_undone(desk: Desk, now: datetime) -> None:
    job_id = desk.upload(FILE)
    desk.map(job_id)
    desk.advance()
    with desk.db.writer(desk.cast.rosewood) as session, pytest.raises(errors.Refused):
        importing.undo(session, EDITOR, job_id, now)


def test_a_trace_comes_back_from_json_as_it_was() -> None:
    at = datetime.fromisoformat("2026-11-01T10:00:00+00:00")
    trace = Trace(
        {"city": (None, "Lyon"), "last_inbound_at": (at, at + timedelta(hours=1))},
        {"n": (Decimal("1.5"), None), "d": (None, date(2026, 1, 2)), "l": (("a",), ("b", "c"))},
        ("vip",),
        (3, 4),
    )
    assert Trace.from_json(trace.to_json()) == trace
    assert not Trace.from_json(None)


def test_of_two_traces_the_first_knows_before_and_the_second_after() -> None:
    both = Trace({"city": (None, "Lyon")}).then(Trace({"city": ("Lyon", "Nice")}))
    assert columns_back(both, {"city": "Nice"}) == {"city": None}
    assert columns_back(both, {"city": "Lyon"}) == {}
    assert attributes_back(both, {}) == {}

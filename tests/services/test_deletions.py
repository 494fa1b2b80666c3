"""The platform asks that a person be deleted: done over all brands of the app, and only there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests import cast
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain import errors
from webapp.domain.import_row import Row
from webapp.domain.permission import job
from webapp.models.audit import Audit
from webapp.models.channel import Channel, MetaApp
from webapp.models.deletion import Deletion
from webapp.models.raw_event import Event, RawEvent
from webapp.models.subscriber import Subscriber, SubscriberKey
from webapp.platforms import signed_request
from webapp.services import deletions, subscribers


def ask(stage: Stage, user_id: object, secret: str = cast.APP_SECRET, app: str = "default") -> Any:
    house = stage.house
    signed = signed_request.write({"user_id": user_id, "issued_at": 1}, secret)
    return deletions.receive(house.db, house.vault, app, signed, house.clock.now())


def living(stage: Stage) -> set[str | None]:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return {p.first_name for p in session.exec(select(Subscriber)) if p.erased_at is None}


def one(stage: Stage) -> Deletion:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return session.exec(select(Deletion)).one()


def test_everybody_of_that_id_is_erased_over_all_brands_of_the_app(stage: Stage) -> None:
    assert ask(stage, "1")
    assert living(stage) == {"Ben", "Cara", "Dao"}
    kept = one(stage)
    assert (kept.people, kept.key, kept.done_at) == (2, None, stage.clock.now())


def test_another_app_keeps_its_people(stage: Stage, now: datetime) -> None:
    with stage.house.db.writer(EVERY_BRAND) as session:
        app = MetaApp(slug="second", app_secret=cast.VAULT.seal("two"),
                      verify_token=cast.VAULT.seal("v"), created_at=now)  # fmt: skip
        session.add(app)
        session.flush()
        session.get_one(Channel, stage.people.other_channel).app_id = app.id or 0
        session.commit()
    ask(stage, "1")
    assert living(stage) == {"Ben", "Cara", "Dao", "Eva"}


def test_an_id_beside_the_key_counts_while_it_is_theirs(stage: Stage, now: datetime) -> None:
    people = stage.people
    common = {"brand_id": people.rosewood, "channel_id": people.channel}
    with stage.house.db.writer(people.rosewood) as session:
        session.add(SubscriberKey(**common, key="app-1", subscriber_id=people.ben))
        session.add(SubscriberKey(**common, key="app-1", subscriber_id=people.dao, ended_at=now))
        session.commit()
    ask(stage, "app-1")
    assert living(stage) == {"Ana", "Cara", "Dao", "Eva"}


def test_a_person_nobody_knows_gets_a_code_too(stage: Stage) -> None:
    code = ask(stage, 987654321)
    assert code
    assert code.isalnum()
    assert living(stage) == {"Ana", "Ben", "Cara", "Dao", "Eva"}
    assert one(stage).done_at is not None


def test_asking_again_keeps_the_code_and_erases_who_came_back(stage: Stage, now: datetime) -> None:
    first = ask(stage, "2")
    with stage.house.db.writer(stage.people.rosewood) as session:
        back = Subscriber(brand_id=stage.people.rosewood, channel_id=stage.people.channel, key="2",
                          first_name="Ben again", created_at=now, updated_at=now)  # fmt: skip
        session.add(back)
        session.commit()
    assert "Ben again" in living(stage)
    assert ask(stage, "2") == first
    assert living(stage) == {"Ana", "Cara", "Dao", "Eva"}
    assert one(stage).people == 2


def test_no_import_brings_the_person_back(stage: Stage, now: datetime) -> None:
    ask(stage, "2")
    people = stage.people
    with stage.house.db.writer(people.rosewood) as session, pytest.raises(errors.Refused):
        subscribers.upsert(session, job("test"), cast.VAULT, people.channel, Row(1, "2", {}), now)


@pytest.mark.parametrize("user_id", ["", None])
def test_a_request_that_names_nobody_is_refused(stage: Stage, user_id: object) -> None:
    with pytest.raises(errors.Forbidden):
        ask(stage, user_id)


def test_a_bad_signature_and_an_unknown_app_change_nothing(stage: Stage) -> None:
    with pytest.raises(errors.Forbidden):
        ask(stage, "1", secret="another")
    with pytest.raises(errors.NotFound):
        ask(stage, "1", app="nowhere")
    assert "Ana" in living(stage)


def test_more_than_the_burst_is_told_to_wait_and_nothing_is_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "BURST", 2)
    assert ask(stage, "x1")
    assert ask(stage, "x2")
    assert ask(stage, "1") is None
    assert "Ana" in living(stage)
    stage.clock.advance(milliseconds=100)
    assert ask(stage, "1")
    assert "Ana" not in living(stage)


def test_what_a_crash_interrupted_the_clock_finishes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    house = stage.house
    with monkeypatch.context() as patch:
        patch.setattr(deletions.subscribers, "erase", broken)
        code = ask(stage, "1")
    assert code
    assert one(stage).done_at is None
    assert cast.VAULT.open(one(stage).key or "") == "1"
    stage.clock.advance(milliseconds=int(timedelta(minutes=1) / timedelta(milliseconds=1)))
    deletions.finish_due(house.db, house.vault, house.clock.now())
    assert living(stage) == {"Ben", "Cara", "Dao"}
    assert (one(stage).key, one(stage).code) == (None, code)


def test_the_post_in_which_they_wrote_is_emptied_too(stage: Stage, now: datetime) -> None:
    people = stage.people
    with stage.house.db.writer(people.rosewood) as session:
        for n, person in enumerate((people.ana, people.ben)):
            raw = RawEvent(app_id=1, digest=str(n), body=b"a secret", received_at=now,
                           state="applied")  # fmt: skip
            session.add(raw)
            session.flush()
            session.add(Event(brand_id=people.rosewood, channel_id=people.channel, key=f"m{n}",
                              subscriber_id=person, kind="message", at=now, text="a secret",
                              raw_event_id=raw.id))  # fmt: skip
        session.commit()
    ask(stage, "1")
    with stage.house.db.reader(EVERY_BRAND) as session:
        bodies = {row.digest: row.body for row in session.exec(select(RawEvent))}
    assert bodies == {"0": b"", "1": b"a secret"}


def test_the_audit_log_says_who_asked_for_it_and_nothing_of_the_person(stage: Stage) -> None:
    ask(stage, "1")
    with stage.house.db.reader(EVERY_BRAND) as session:
        lines = [(row.brand_id, row.action, row.door, row.noun_id) for row in
                 session.exec(select(Audit).order_by(Audit.id))]  # fmt: skip
    people = stage.people
    assert lines == [
        (people.rosewood, "subscriber.erase", "platform", people.ana),
        (people.other, "subscriber.erase", "platform", people.eva),
        (None, "installation.deletion", "platform", one(stage).id),
    ]

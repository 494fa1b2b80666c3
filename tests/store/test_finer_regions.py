"""Migration 0003 moves data only: it is run here by itself, on whatever the newest tables are."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import Session, col, select

from tests import cast
from webapp import db as database
from webapp.domain.broadcast import Kind
from webapp.domain.policy.region import COUNTRIES, Region
from webapp.domain.policy.situation import Situation, TopicConsent, Window
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Decision
from webapp.models.subscriber import Subscriber

MIGRATION = importlib.import_module("webapp.migrations.versions.0003_finer_regions")
KNOWN = Situation(window=Window.OPEN, topic=TopicConsent.ACTIVE, region=Region.OTHER)
# Region 1 then becomes the number that region 4 had: each must be out of the other's way.
OLD_CODES = [KNOWN.code % 3840 + 3840 * region for region in (7, 1, 4)]


def test_people_and_stored_situations_keep_their_meaning(
    db: database.Database, now: datetime
) -> None:
    people = cast.enter(db, now)
    old = {"FR": Region.EU, "BR": Region.OTHER, "US": Region.US, "NO": Region.EU}
    four = (people.ana, people.ben, people.cara, people.dao)
    with db.writer(people.rosewood) as session:
        for number, (country, region) in zip(four, old.items(), strict=True):
            person = session.get_one(Subscriber, number)
            person.country, person.region = country, int(region)
        run = broadcast(people, session, now)
        session.add_all(decision(people, run, code, now) for code in OLD_CODES)
        session.commit()
    regions, codes = after(db, people, MIGRATION.upgrade)
    assert regions == [Region.FR, Region.BR, Region.US, Region.NO]
    assert [Situation.of(code) for code in codes] == [replace(KNOWN, region=r) for r in (7, 1, 4)]
    regions, codes = after(db, people, MIGRATION.downgrade)
    assert regions == list(old.values())
    assert len(set(codes)) == 3
    assert max(codes) < 0  # no situation: a run in the middle of its plan decides anew


def test_the_migration_knows_the_regions_of_its_day() -> None:
    moved = {region: frozenset(codes.split()) for region, codes in MIGRATION.REGIONS.items()}
    assert moved.items() <= {int(region): codes for region, codes in COUNTRIES.items()}.items()


def broadcast(people: cast.Cast, session: Session, now: datetime) -> int:
    made = Broadcast(
        brand_id=people.rosewood, channel_id=people.channel, name="Old", kind=Kind.STANDARD.value,
        schedule={}, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id or 0


def decision(people: cast.Cast, run: int, code: int, now: datetime) -> Decision:
    return Decision(
        brand_id=people.rosewood, broadcast_id=run, situation=code, stance="denies",
        route="none", reason="messenger.window.24h", verdicts=[], rulebook_version="1",
        decided_at=now,
    )  # fmt: skip


def after(
    db: database.Database, people: cast.Cast, step: Callable[[], None]
) -> tuple[Sequence[int], Sequence[int]]:
    """The regions of the four and the codes of the decisions once `step` was taken."""
    with db.writer(database.EVERY_BRAND) as session:
        with Operations.context(MigrationContext.configure(session.connection())):
            step()
        session.commit()
    with db.reader(people.rosewood) as session:
        four = (people.ana, people.ben, people.cara, people.dao)
        regions = [session.get_one(Subscriber, number).region for number in four]
        codes = session.exec(select(Decision.situation).order_by(col(Decision.id)))
        return regions, list(codes)

"""What the benches stand on: a brand with any number of people, on SQLite or PostgreSQL."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import insert

from tests import stage
from webapp import db as database
from webapp.domain.policy.region import region_of
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.store import schema

SEED = 20_261_122
CHUNK = 20_000
COUNTRIES = ("BR", "MX", "US", "TH", "VN", "FR", "AU")


@contextmanager
def with_people(people: int, rate: int = 300) -> Iterator[tuple[stage.Stage, Path]]:
    """A stage on a fresh SQLite file with that many subscribers beside the cast."""
    with tempfile.TemporaryDirectory(prefix="fanlight-bench-") as folder:
        path = Path(folder)
        made = database.Database(f"sqlite:///{path / 'fanlight.db'}")
        schema.upgrade(made.engine)
        set_up = stage.build(made, datetime.now(UTC), path)
        _fill(set_up, people, rate)
        yield set_up, path
        made.dispose()


def _fill(set_up: stage.Stage, people: int, rate: int) -> None:
    chance = random.Random(SEED)
    cast = set_up.people
    with set_up.house.db.writer(cast.rosewood) as session:
        session.get_one(Channel, cast.channel).rate_per_second = rate
        session.commit()
    first = [
        _person(cast.rosewood, cast.channel, n, chance, set_up.clock.now())
        for n in range(min(CHUNK, people))
    ]
    if not first:
        return
    with set_up.house.db.writer(cast.rosewood) as session:
        session.connection().execute(insert(Subscriber), first)
        session.commit()
    for done in range(CHUNK, people, CHUNK):
        _copy(set_up, min(CHUNK, people - done), done)
    set_up.house.db.engine.dispose()  # what is measured has the cache that everybody has


def _copy(set_up: stage.Stage, people: int, done: int) -> None:
    """The first ones once more under other keys, by the database itself: a million in a minute."""
    columns = [it.name for it in sa.inspect(Subscriber).columns if it.name != "id"]
    chosen = [f"key || '-{done}'" if name == "key" else name for name in columns]
    copy = sa.text(
        f"INSERT INTO subscriber ({', '.join(columns)}) SELECT {', '.join(chosen)} "  # noqa: S608
        "FROM subscriber WHERE key LIKE 'b%' ORDER BY id LIMIT :people"
    )
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        session.connection().exec_driver_sql("PRAGMA cache_size = -400000")
        session.connection().execute(copy, {"people": people})
        session.commit()


def _person(
    brand: int, channel: int, n: int, chance: random.Random, now: datetime
) -> dict[str, object]:
    """Two in three have an open window."""
    wrote = now - timedelta(minutes=chance.randrange(36 * 60))
    country = chance.choice(COUNTRIES)
    return {
        "brand_id": brand, "channel_id": channel, "key": f"b{n}", "first_name": f"P{n}",
        "last_name": "Bench", "name_folded": f"p{n} bench", "country": country,
        "region": int(region_of(country)), "locale": "en_US", "timezone": "UTC",
        "last_inbound_at": wrote, "first_seen_at": wrote,
        "window_opener": "message", "window_opened_at": wrote,
        "window_ends_at": wrote + timedelta(hours=24), "created_at": now, "updated_at": now,
    }  # fmt: skip

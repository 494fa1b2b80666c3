"""What the benches stand on: a brand with any number of people, on SQLite or PostgreSQL.

- `FANLIGHT_BENCH_DATABASE`: `sqlite` (a fresh file) or `postgres` (a fresh database on the server
  of `TEST_DATABASE_URL`, else on one of our own).
- `FANLIGHT_BENCH_PEOPLE`: how many people, for the benches about audiences, plans and pages.

The database makes its people itself, from the first 20,000: a million in about a minute.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import insert
from sqlmodel import Session

from tests import stage
from tests.bench import report
from tests.bench.peers import process_cpu
from tests.torture import servers
from webapp.domain.policy.region import region_of
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.store import audience_watch

SEED = 20_261_122
CHUNK = 20_000
COUNTRIES = ("BR", "MX", "US", "TH", "VN", "FR", "AU")
KIND = os.environ.get("FANLIGHT_BENCH_DATABASE", "sqlite")


def people(usual: int) -> int:
    """How many a bench measures with, unless somebody asks for another number."""
    return int(os.environ.get("FANLIGHT_BENCH_PEOPLE", str(usual)))


@contextmanager
def with_people(people: int, rate: int = 300) -> Iterator[tuple[stage.Stage, Path]]:
    """A stage on a fresh database with that many subscribers beside the cast."""
    with tempfile.TemporaryDirectory(prefix="fanlight-bench-") as folder:
        path = Path(folder)
        with servers.fresh(KIND, path) as made:
            set_up = stage.build(made, datetime.now(UTC), path)
            _fill(set_up, people, rate)
            yield set_up, path


@contextmanager
def unwatched(set_up: stage.Stage) -> Iterator[Session]:
    """A writer whose rows nobody writes down one by one: sets are read anew after it. Commits."""
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        if set_up.house.db.is_sqlite:
            session.connection().exec_driver_sql("PRAGMA cache_size = -400000")
        audience_watch.lift(session.connection())
        yield session
        audience_watch.install(session.connection())
        session.commit()
    settle(set_up)


def settle(set_up: stage.Stage) -> None:
    """The planner knows the tables, and what is measured has the cache that everybody has."""
    engine = set_up.house.db.engine
    if not set_up.house.db.is_sqlite:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def timed(set_up: stage.Stage, work: Callable[[], object]) -> report.Timing:
    """With the CPU of the database's processes, where it has its own on this machine."""
    serving = None if set_up.house.db.is_sqlite else _postmaster(set_up)
    before = process_cpu.of(serving) if serving else 0.0
    own = report.timed(work)
    return (
        own
        if serving is None
        else report.Timing(own.wall, own.cpu + process_cpu.of(serving) - before)
    )


def _postmaster(set_up: stage.Stage) -> int:
    """The process whose children serve our connections."""
    with set_up.house.db.engine.connect() as connection:
        return process_cpu.parent(int(connection.scalar(sa.text("SELECT pg_backend_pid()")) or 0))


def ago(set_up: stage.Stage, days: int, seconds: str) -> str:
    """SQL for the moment so many days, and the seconds of an expression, before now."""
    at = (set_up.clock.now() - timedelta(days=days)).replace(microsecond=0, tzinfo=None)
    if set_up.house.db.is_sqlite:
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', '{at}', '-' || ({seconds}) || ' seconds')"
    return f"(timestamptz '{at}+00' - ({seconds}) * interval '1 second')"


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
    with unwatched(set_up) as session:
        session.connection().execute(insert(Subscriber), first)
        for done in range(CHUNK, people, CHUNK):
            _copy(session, min(CHUNK, people - done), done)


def _copy(session: Session, people: int, done: int) -> None:
    """The first ones once more under other keys, by the database itself."""
    columns = [it.name for it in sa.inspect(Subscriber).columns if it.name != "id"]
    chosen = [f"key || '-{done}'" if name == "key" else name for name in columns]
    copy = sa.text(
        f"INSERT INTO subscriber ({', '.join(columns)}) SELECT {', '.join(chosen)} "  # noqa: S608
        "FROM subscriber WHERE id IN (SELECT id FROM subscriber WHERE key LIKE 'b%' "
        "ORDER BY id LIMIT :people)"
    )
    session.connection().execute(copy, {"people": people})


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

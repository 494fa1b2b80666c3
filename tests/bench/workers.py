"""What a second and a fourth worker bring: PostgreSQL, real `fanlight worker` processes, one sink.

The same messages go out by one, two and four workers, alternated, over several channels without a
rate to speak of and over one, which is with one worker however many there are. The
workers, the database and the sink share this machine's cores: where these are used up, no worker
more can bring anything, so the table says how many were. Nobody may be written to twice or be left
out, and no turn may have failed. How many messages a round: FANLIGHT_BENCH_WORKERS.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert
from sqlmodel import col, func, select, text

from tests import cast, stage
from tests.bench import report, sending_cost, sink
from tests.bench.peers import process_cpu
from tests.bench.sink import Sink
from tests.torture import servers
from tests.torture.ground import until
from tests.torture.machines import Machine
from webapp import clock as clocks
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber

MESSAGES = int(os.environ.get("FANLIGHT_BENCH_WORKERS", "10000"))
CHANNELS = 4
WORKERS = (1, 2, 4)
SAID = "Our doors open at nine."
LATER = timedelta(days=1)
FAILED = "a turn failed"


@dataclass(frozen=True)
class Round:
    """Of one broadcast to everybody: messages a second, and CPU seconds of a million of them."""

    speed: float
    workers_cpu: float
    database_cpu: float
    cores: float  # that workers, database and sink used together
    least: float  # of the messages, in percent, by the worker that sent the fewest


Rounds = dict[int, list[Round]]  # by the number of workers


def run() -> list[report.Row]:
    return [*_over(CHANNELS), *_over(1)]


def _over(channels: int) -> list[report.Row]:
    rounds: Rounds = {count: [] for count in WORKERS}
    with _ground(channels) as (set_up, ids, folder):
        for _ in range(report.REPEAT):
            for count in WORKERS:
                rounds[count].append(_round(set_up, ids, folder, count))
    where = f"{channels} channels" if channels > 1 else "1 channel"
    return [*_rows(rounds, where), *_gains(rounds, where)]


@contextmanager
def _ground(channels: int) -> Iterator[tuple[stage.Stage, list[int], Path]]:
    """Everybody has an open window; the people are dealt out evenly."""
    with tempfile.TemporaryDirectory(prefix="fanlight-bench-") as made:
        folder = Path(made)
        with servers.fresh("postgres", folder) as db:
            set_up = stage.build(db, datetime.now(UTC), folder)
            set_up.clock = clocks.SystemClock()  # type: ignore[assignment] - the workers' clock
            yield set_up, _fill(set_up, channels), folder


def _fill(set_up: stage.Stage, channels: int) -> list[int]:
    now, brand = set_up.clock.now(), set_up.people.rosewood
    with set_up.house.db.writer(brand) as session:
        beside = session.get_one(Channel, set_up.people.channel).model_dump(exclude={"id"})
        common = {**beside, "rate_per_second": sending_cost.UNTHROTTLED}
        made = [Channel(**{**common, "key": f"77{n}", "name": f"P{n}"}) for n in range(channels)]
        session.add_all(made)
        session.flush()
        ids = [it.id or 0 for it in made]
        people = [_person(brand, ids[n % channels], n, now) for n in range(MESSAGES)]
        session.connection().execute(insert(Subscriber), people)
        session.commit()
    return ids


def _person(brand: int, channel: int, n: int, now: datetime) -> dict[str, object]:
    return {
        "brand_id": brand, "channel_id": channel, "key": f"b{n}", "first_name": f"P{n}",
        "name_folded": "", "region": 1, "window_opener": "message", "last_inbound_at": now,
        "window_ends_at": now + timedelta(hours=20), "created_at": now, "updated_at": now,
    }  # fmt: skip


def _round(set_up: stage.Stage, channels: list[int], folder: Path, count: int) -> Round:
    """All is planned and every worker stands ready before the first message may go."""
    with ExitStack() as stack:
        end = stack.enter_context(sink.running())
        _open(set_up, channels, end.url, set_up.clock.now() + LATER)
        broadcasts = [set_up.broadcast(SAID, channel_id=it) for it in channels]
        set_up.start()
        environ = _environ(set_up, folder)
        machines = [
            Machine.started(f"worker{n}", folder, environ, "webapp", "worker") for n in range(count)
        ]
        for machine in machines:
            stack.enter_context(machine)
        pids, database = [it.pid for it in machines], _postmaster(set_up)
        before = process_cpu.of(*pids), process_cpu.of(database), end.seen()["cpu"]
        _open(set_up, channels, end.url, None)
        until(lambda: _left(set_up, broadcasts) == 0, "the last message")
        after = process_cpu.of(*pids), process_cpu.of(database), end.seen()["cpu"]
        _check(set_up, broadcasts, machines, end)
        used = [b - a for a, b in zip(before, after, strict=True)]
        span = end.seen()["span"]
    return Round(
        (MESSAGES - 1) / span, used[0] / MESSAGES * 1e6, used[1] / MESSAGES * 1e6,
        sum(used) / span, _least(set_up, broadcasts, count),
    )  # fmt: skip


def _open(set_up: stage.Stage, channels: list[int], url: str, when: datetime | None) -> None:
    """The channels send to this end, from then on."""
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        for channel in session.exec(select(Channel).where(col(Channel.id).in_(channels))):
            channel.graph_url, channel.resume_at = url, when
        session.commit()


def _environ(set_up: stage.Stage, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "FANLIGHT_DATABASE_URL": set_up.house.db.url,
        "FANLIGHT_INSTANCE": str(folder),
        "FANLIGHT_SECRET_KEY": cast.KEY,
    }


def _postmaster(set_up: stage.Stage) -> int:
    """The process whose children serve our connections; it must be on this machine."""
    with set_up.house.db.engine.connect() as connection:
        serving = connection.scalar(text("SELECT pg_backend_pid()"))
    return process_cpu.parent(serving)


def _left(set_up: stage.Stage, broadcasts: list[int]) -> int:
    """Read from the sums, which costs the database nothing to speak of."""
    totals = [set_up.totals(it) for it in broadcasts]
    return sum(it.queued + it.claimed for it in totals)


def _check(
    set_up: stage.Stage, broadcasts: list[int], machines: Sequence[Machine], end: Sink
) -> None:
    totals = [set_up.totals(it) for it in broadcasts]
    assert all(it.adds_up for it in totals)
    assert sum(it.sent for it in totals) == MESSAGES, "somebody was left out"
    assert end.seen()["accepted"] == MESSAGES, "somebody was written to twice"
    for machine in machines:
        assert not machine.says(FAILED), machine.said()


def _least(set_up: stage.Stage, broadcasts: list[int], count: int) -> float:
    with set_up.house.db.reader(set_up.people.rosewood) as session:
        query = (
            select(func.count())
            .where(col(Delivery.broadcast_id).in_(broadcasts))
            .group_by(col(Delivery.worker_id))
        )
        shares = session.exec(query).all()
    return min(shares) / MESSAGES * 100 if len(shares) == count else 0.0


def _rows(rounds: Rounds, where: str) -> list[report.Row]:
    found = []
    for count, each in rounds.items():
        what = f"{where}, {count} worker{'s' if count > 1 else ''}"
        note = f"{MESSAGES:,} messages, {os.cpu_count()} cores for everything"
        found += [
            report.row(what, "messages/s", [it.speed for it in each], note),
            report.row(what, "CPU-s per million", [it.workers_cpu for it in each], "the workers"),
            report.row(what, "CPU-s per million", [it.database_cpu for it in each], "PostgreSQL"),
            report.row(what, "cores", [it.cores for it in each], "used with the sink's"),
            report.row(what, "% of the messages", [it.least for it in each], "by the laziest"),
        ]
    return found


def _gains(rounds: Rounds, where: str) -> list[report.Row]:
    """Round by round, so that what slows the machine slows both."""
    one = rounds[WORKERS[0]]
    return [
        report.row(
            f"{where}, gain of {count} workers over 1", "x",
            [more.speed / alone.speed for more, alone in zip(rounds[count], one, strict=True)],
            f"{os.cpu_count()} cores for workers, database and sink",
        )
        for count in WORKERS[1:]
    ]  # fmt: skip

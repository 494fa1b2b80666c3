"""What is tortured: a practice channel with many people, real processes, and a platform that fails.

Nothing here is a stand-in but the platform: the processes are `python -m jobs` and
`python -m webapp worker`, the databases are SQLite on disk and a PostgreSQL server.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert
from sqlmodel import col, func, select

from tests import cast, simulator_process, stage
from tests.simulator_process import Simulator
from tests.torture.machines import Machine
from webapp import clock as clocks
from webapp import db as database
from webapp.domain.delivery import Totals
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber

PEOPLE = 2_000
RATE = 250  # a second
PATIENCE_S = 240.0
BEAT_S = 0.02
OPTIONS = {"engaged": 1_000_000}  # its quota of a day is not what is tortured
FAULTS: tuple[dict[str, object], ...] = (
    {"kind": "latency", "probability": 0.1, "delay_ms": 30},
    {"kind": "reset_before", "probability": 0.004},
    {"kind": "reset_after", "probability": 0.004},
    {"kind": "http_5xx", "probability": 0.004},
    {"kind": "http_5xx", "probability": 0.004, "accepted": True},
    {"kind": "null_message_id", "probability": 0.003},
    {"kind": "garbage_200", "probability": 0.003},
    {"kind": "error", "probability": 0.01, "code": 551, "subcode": 1545041},
    {"kind": "reset_before", "probability": 0.02, "whole": True},  # of a batch, where there are any
    {"kind": "reset_after", "probability": 0.02, "whole": True},
    {"kind": "http_5xx", "probability": 0.02, "whole": True, "accepted": True},
)


@dataclass
class Ground:
    stage: stage.Stage
    simulator: Simulator
    folder: Path
    chance: random.Random
    channels: list[int] = field(default_factory=list)
    broadcasts: list[int] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)  # in the order they were started

    @property
    def db(self) -> database.Database:
        return self.stage.house.db

    @property
    def brand(self) -> int:
        return self.stage.people.rosewood

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "FANLIGHT_DATABASE_URL": self.db.url,
            "FANLIGHT_INSTANCE": str(self.folder),
            "FANLIGHT_SECRET_KEY": cast.KEY,
        }

    def jobs(self, name: str = "jobs", module: str = "jobs", *arguments: str) -> Machine:
        """A clock and sender of its own; not waited for."""
        made = Machine.started(name, self.folder, self.environ, module, *arguments)
        self.machines.append(made)
        return made

    def hurried(self, name: str, what: str) -> Machine:
        """`what` of `tests.torture.hurried`: with less patience."""
        return self.jobs(name, "tests.torture.hurried", what)

    def worker(self, name: str) -> Machine:
        return Machine.started(name, self.folder, self.environ, "webapp", "worker")

    def broadcast(self, **fields: object) -> int:
        """To everybody on the channel, due now."""
        made = self.stage.broadcast(text="Hello {{first_name|there}}", **fields)
        self.broadcasts.append(made)
        return made

    def in_batches(self, size: int) -> None:
        """Messages share requests, as many of them as the rate allows."""
        with self.db.writer(self.brand) as session:
            session.get_one(Channel, self.stage.people.channel).batch_size = size
            session.commit()

    def trouble(self) -> None:
        """The platform's bad days begin."""
        for fault in FAULTS:
            self.simulator.fault(**fault)  # type: ignore[arg-type]

    def totals(self, broadcast: int) -> Totals:
        return self.stage.totals(broadcast)

    def state(self, broadcast: int) -> str:
        return self.stage.state(broadcast)

    def all_done(self) -> bool:
        with self.db.reader(self.brand) as session:
            open_ = select(func.count()).where(
                col(Broadcast.id).in_(self.broadcasts),
                col(Broadcast.state).not_in(("done", "cancelled")),
            )
            return session.exec(open_).one() == 0

    def until_all_done(self) -> None:
        until(self.all_done, "all broadcasts done")


def until(fact: Callable[[], object], what: str, patience: float = PATIENCE_S) -> None:
    """AssertionError when it has not come true in time."""
    end = time.monotonic() + patience
    while not fact():
        assert time.monotonic() < end, f"waited too long for {what}"
        time.sleep(BEAT_S)


@contextmanager
def standing(
    db: database.Database, folder: Path, *, people: int = PEOPLE, rate: int = RATE, seed: int = 1
) -> Iterator[Ground]:
    """A ground on a migrated, empty database, with the platform beside it."""
    set_up = stage.build(db, datetime.now(UTC), folder)
    set_up.clock = clocks.SystemClock()  # type: ignore[assignment] - processes share the real one
    with ExitStack() as stack:
        simulator = stack.enter_context(
            simulator_process.running(folder, seed=seed, may_kill=True, test_clock=False)
        )
        simulator.register_page(options=OPTIONS)
        simulator.pause_reactions()
        made = Ground(set_up, simulator, folder, random.Random(seed))
        _fill(made, people, rate)
        yield made


def _fill(ground: Ground, people: int, rate: int) -> None:
    now, where = datetime.now(UTC), ground.stage.people.channel
    rows = [_person(ground.brand, where, n, now) for n in range(people)]
    with ground.db.writer(ground.brand) as session:
        channel = session.get_one(Channel, where)
        channel.graph_url, channel.rate_per_second = ground.simulator.url, rate
        channel.practice = True
        session.connection().execute(insert(Subscriber), rows)
        session.commit()


def _person(brand: int, channel: int, n: int, now: datetime) -> dict[str, object]:
    return {
        "brand_id": brand, "channel_id": channel, "key": f"90{n}", "first_name": f"P{n}",
        "name_folded": "", "region": 1, "window_opener": "message", "last_inbound_at": now,
        "window_ends_at": now + timedelta(hours=20), "created_at": now, "updated_at": now,
    }  # fmt: skip

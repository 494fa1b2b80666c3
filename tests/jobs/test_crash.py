"""The sender killed in the middle, for real: nothing twice, nothing lost, the sum always true."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from tests import cast, simulator_process, stage
from tests.simulator_process import Simulator
from webapp import config, house
from webapp import db as database
from webapp.domain.delivery import Totals
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.store import deliveries

ROOT = Path(__file__).parent.parent.parent
PEOPLE = 160
RATE = 80
KILLS = 3
PATIENCE_S = 200


@contextmanager
def jobs(env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs"], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=45)
        process.stdout.close()  # type: ignore[union-attr]


def enter(set_up: stage.Stage, url: str, now: datetime) -> int:
    """A broadcast to people with open windows on a practice channel, due now."""
    people = set_up.people
    with set_up.house.db.writer(people.rosewood) as session:
        channel = session.get_one(Channel, people.channel)
        channel.graph_url, channel.rate_per_second = url, RATE
        rows = [
            {
                "brand_id": people.rosewood, "channel_id": people.channel, "key": f"90{number}",
                "first_name": f"P{number}", "name_folded": "", "region": 1,
                "window_opener": "message", "last_inbound_at": now,
                "window_ends_at": now + timedelta(hours=20), "created_at": now, "updated_at": now,
            }
            for number in range(PEOPLE)
        ]  # fmt: skip
        session.connection().execute(insert(Subscriber), rows)
        session.commit()
    return set_up.broadcast()


def totals(set_up: stage.Stage, broadcast: int) -> Totals:
    return set_up.totals(broadcast)


def done(set_up: stage.Stage, broadcast: int) -> bool:
    with set_up.house.db.reader(set_up.people.rosewood) as session:
        return session.get_one(Broadcast, broadcast).state == "done"


def test_kills_in_the_middle_send_nothing_twice_and_lose_nothing(
    db: database.Database, tmp_path: Path
) -> None:
    env = {
        **os.environ,
        "FANLIGHT_DATABASE_URL": db.url,
        "FANLIGHT_INSTANCE": str(tmp_path),
        "FANLIGHT_SECRET_KEY": cast.KEY,
    }
    set_up = stage.build(db, datetime.now(UTC), tmp_path)
    with simulator_process.running(tmp_path) as simulator:
        simulator.register_page()
        simulator.pause_reactions()
        broadcast = enter(set_up, simulator.url, datetime.now(UTC))
        for _ in range(KILLS):
            kill_in_the_middle(env, set_up, simulator, broadcast)
        with jobs(env):
            wait_until(lambda: done(set_up, broadcast))
        check(set_up, simulator, broadcast)


def kill_in_the_middle(
    env: dict[str, str], set_up: stage.Stage, simulator: Simulator, broadcast: int
) -> None:
    """Start the process, let it send some more, and take it away without a word."""
    accepted = simulator.count()["accepted"]
    with jobs(env) as process:
        wait_until(lambda: simulator.count()["accepted"] >= accepted + 20)
        process.kill()
        process.wait()
    assert totals(set_up, broadcast).adds_up


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.1)


def check(set_up: stage.Stage, simulator: Simulator, broadcast: int) -> None:
    count, end = simulator.count(), totals(set_up, broadcast)
    assert end.adds_up
    assert end.audience == PEOPLE + 4  # the cast is on the channel too
    assert end.waiting == 0
    assert count["doubles"] == 0
    accepted = count["accepted"]
    assert end.sent <= accepted <= end.sent + end.unknown
    bound = KILLS * (RATE // 10 + 1 + RATE // 4)  # a wave, and what was in flight or unrecorded
    assert end.unknown <= bound
    with set_up.house.db.reader(set_up.people.rosewood) as session:
        assert deliveries.planned(session, broadcast) == end.audience


def test_the_house_of_the_process_is_the_one_tested(tmp_path: Path) -> None:
    built = house.build(config.load({"FANLIGHT_INSTANCE": str(tmp_path)}))
    assert built.db.is_sqlite
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600

"""Several clocks on PostgreSQL: one leads, and another takes over when it is gone, or silent."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, func, select

from tests.torture import proof
from tests.torture.ground import Ground, until
from tests.torture.machines import ROOT, Machine
from webapp.db import EVERY_BRAND
from webapp.domain import rate
from webapp.models.audit import Audit
from webapp.services import planning, starting
from webapp.store import occurrences

LEADS, NO_MORE, STANDS_BY = "this process leads", "leads no more", "standing by"
TAKEN_OVER_S = 30.0
HOLDER = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
CAUGHT_S = 0.3  # longer than anybody who is not frozen says nothing in a transaction
ANY_MOMENT = random.Random(5)
WAVE_S = rate.WAVE.total_seconds()
IN_THE_MIDDLE = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL AND wait_event = 'ClientRead'"
    " AND state_change < now() - make_interval(secs => :quiet)"
)


def jobs(ground: Ground, name: str) -> Machine:
    return ground.hurried(name, "jobs")


def starts(ground: Ground) -> int:
    with ground.db.reader(EVERY_BRAND) as session:
        started = select(func.count()).where(col(Audit.action) == "broadcast.start")
        return session.exec(started).one()


def test_one_clock_leads_and_the_stand_by_takes_over_when_the_leader_dies(many: Ground) -> None:
    with many.jobs("first") as first:
        first.until_says(LEADS)
        with many.jobs("second") as second:
            second.until_says(STANDS_BY)
            many.broadcast()
            many.until_all_done()
            assert not second.says(LEADS)
            first.kill()
            second.until_says(LEADS, TAKEN_OVER_S)
            many.broadcast()
            many.until_all_done()
    assert starts(many) == 2
    found = proof.prove(many, people=64, rate=30)
    assert found.holds, found


def test_a_leader_that_lost_its_connection_leads_no_more(many: Ground) -> None:
    with jobs(many, "first") as first:
        first.until_says(LEADS)
        with many.db.engine.connect() as connection:
            assert len(connection.execute(HOLDER).all()) == 1
        first.until_says(NO_MORE)
        until(lambda: first.said().count(LEADS) > 2, "the lead again")  # "no more" says it too
        many.broadcast()
        many.until_all_done()
    assert starts(many) == 1


def test_a_frozen_leader_is_put_out_and_does_nothing_when_it_wakes(many: Ground) -> None:
    with jobs(many, "first") as first:
        first.until_says(LEADS)
        with jobs(many, "second") as second:
            second.until_says(STANDS_BY)
            many.broadcast()
            until(lambda: many.simulator.count()["accepted"] >= 10, "some messages")
            first.freeze()
            second.until_says(LEADS, TAKEN_OVER_S)
            many.until_all_done()
            before = {key: row.state for key, row in proof.ledger(many).items()}
            first.wake()
            first.until_says(NO_MORE)
            first.until_says(STANDS_BY)
            many.broadcast()
            many.until_all_done()
            after = {key: row.state for key, row in proof.ledger(many).items()}
            assert before.items() <= after.items()
    assert starts(many) == 2
    found = proof.prove(many, people=64, rate=30)
    assert found.holds, found


def test_a_frozen_worker_holds_nobody_up_and_writes_nothing_when_it_wakes(crowded: Ground) -> None:
    """Frozen where it hurts most: with rows locked that all the others need."""
    with crowded.hurried("clock", "clock"), crowded.hurried("worker", "worker") as worker:
        crowded.broadcast()
        until(lambda: crowded.simulator.count()["accepted"] >= 10, "some messages")
        until(lambda: frozen_with_locks(crowded, worker), "a freeze inside a transaction")
        with jobs(crowded, "another"):
            crowded.until_all_done()
            before = {key: row.state for key, row in proof.ledger(crowded).items()}
            worker.wake()
            crowded.broadcast()
            crowded.until_all_done()
            after = {key: row.state for key, row in proof.ledger(crowded).items()}
            assert before.items() <= after.items()
    found = proof.prove(crowded, people=124, rate=40)
    assert found.holds, found


def frozen_with_locks(ground: Ground, worker: Machine) -> bool:
    """Whether it was caught inside a writing transaction; else it goes on. At any moment of its
    waves: after a wake they begin anew, and always at the same moment it would never be caught."""
    if ground.all_done():
        ground.broadcast()
    time.sleep(ANY_MOMENT.uniform(0.0, WAVE_S))
    worker.freeze()
    time.sleep(CAUGHT_S)
    with ground.db.engine.connect() as connection:
        caught = bool(connection.execute(IN_THE_MIDDLE, {"quiet": CAUGHT_S / 2}).scalar())
    if not caught:
        worker.wake()
    return caught


def test_workers_come_and_go_while_a_broadcast_runs(many: Ground) -> None:
    with many.jobs("clock"):
        many.broadcast()
        for n in range(2):
            with many.worker(f"worker{n}"):
                sent = many.simulator.count()["accepted"]
                until(lambda sent=sent: many.all_done() or  # type: ignore[misc]
                      many.simulator.count()["accepted"] > sent + 5, "some messages")  # fmt: skip
        many.until_all_done()
    found = proof.prove(many, people=64, rate=30)
    assert found.holds, found
    assert found.facts["unknown by kills"] == 0, "whoever is stopped leaves nothing behind"


def test_on_sqlite_a_second_clock_says_so_and_ends(single: Ground) -> None:
    with single.jobs("first"):
        second = subprocess.run(
            [sys.executable, "-m", "jobs"],
            cwd=ROOT, env=single.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert second.returncode == 1
    assert "another one is running" in second.stderr


def test_two_clocks_start_a_run_once(many: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read that it is due; the second is late with its move."""
    broadcast, book = many.broadcast(), many.stage.house.book
    late, move = many.stage.clock.now(), occurrences.move

    def overtaken(*about: Any) -> bool:
        monkeypatch.undo()
        assert starting.start_due(many.db, book, late) == 1
        planning.plan_due(many.db, book, late)
        return move(*about)

    monkeypatch.setattr(occurrences, "move", overtaken)
    assert starting.start_due(many.db, book, late) == 0
    assert many.totals(broadcast).audience == 64
    assert many.state(broadcast) == "sending"
    assert starts(many) == 1


@pytest.mark.parametrize("leads", [True, False])
def test_a_fenced_database_is_written_to_only_while_its_holder_leads(
    many: Ground, *, leads: bool
) -> None:
    def may_write() -> None:
        if not leads:
            raise PermissionError

    fenced = many.db.fenced(may_write)
    with fenced.reader(EVERY_BRAND) as session:
        assert occurrences.due(session, many.stage.clock.now()) == []
    if leads:
        with fenced.writer(EVERY_BRAND):
            return
    with pytest.raises(PermissionError), fenced.writer(EVERY_BRAND):
        pytest.fail("it was opened")

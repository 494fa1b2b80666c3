"""A process killed in the middle of an import, and what the next one makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from sqlmodel import col, func, select

from tests.services.import_desk import Desk, counts
from webapp.models.import_job import ImportedSubscriber
from webapp.models.opt_in import Consent, OptIn
from webapp.models.rollup import RollupDay
from webapp.models.subscriber import Subscriber
from webapp.services import steps
from webapp.store import consents

PEOPLE = 3_000
RUN = """
import sys
from datetime import datetime
from pathlib import Path
from tests.cast import VAULT
from webapp import db
from webapp.services import importing, steps
steps.LEAST = steps.FIRST = steps.MOST = 50
url, instance, now = sys.argv[1:]
importing.advance(db.Database(url), VAULT, Path(instance), datetime.fromisoformat(now))
"""


def checked(desk: Desk) -> int:
    lines = "".join(
        f"{10**15 + n},P{n},price-drops,2026-11-0{n % 9 + 1}T10:00:00Z,vip,{n}\n"
        for n in range(PEOPLE)
    )
    job_id = desk.upload(f"psid,first_name,topics,marketing_consent_at,tags,orders\n{lines}x\n")
    desk.map(job_id)
    desk.advance()
    desk.start(job_id)
    return job_id


def killed(desk: Desk, job_id: int) -> int:
    """Run it in a process of its own and kill that one underway; returns how far it came."""
    before = desk.job(job_id).line
    child = subprocess.Popen(
        [sys.executable, "-c", RUN, desk.db.url, str(desk.instance), desk.now.isoformat()]
    )
    try:
        while desk.job(job_id).line < before + 200:
            assert child.poll() is None
            time.sleep(0.002)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    return desk.job(job_id).line


@pytest.mark.parametrize("lost", ["nothing", "*.staged"])
def test_a_killed_import_goes_on_at_the_row_where_it_stopped(desk: Desk, lost: str) -> None:
    job_id = checked(desk)
    first = killed(desk, job_id)
    for path in (desk.instance / "imports").glob(lost):
        path.unlink()
    second = killed(desk, job_id)
    assert 0 < first < second < PEOPLE
    assert desk.job(job_id).created == second
    desk.advance()
    assert (desk.job(job_id).state, counts(desk.job(job_id))) == ("done", (PEOPLE, 0, 0, 1))
    with desk.db.reader(desk.cast.rosewood) as session:
        keys = session.exec(
            select(Subscriber.key).where(col(Subscriber.first_name).startswith("P"))
        ).all()
        assert (len(keys), len(set(keys))) == (PEOPLE, PEOPLE)
        for table, before in ((ImportedSubscriber, 0), (OptIn, 1), (Consent, 1)):
            assert session.exec(select(func.count()).select_from(table)).one() == PEOPLE + before
        assert sum(day.new_subscribers for day in session.exec(select(RollupDay))) == PEOPLE
        assert list(consents.all_broken_links(session)) == []


def test_steps_grow_to_what_other_writers_can_wait_for() -> None:
    fitting = steps.STEP_S
    assert steps.next_size(2_000, fitting / 4) == 4_000
    assert steps.next_size(4_000, fitting * 4) == 1_000
    assert steps.next_size(20_000, 0.01) == steps.MOST
    assert steps.next_size(200, 60.0) == steps.LEAST

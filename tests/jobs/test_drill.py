"""A crash drill with real processes: ordered on the command line, and started again by hand."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.torture import ground, proof
from tests.torture.ground import Ground, until
from tests.torture.machines import ROOT
from webapp import db as database
from webapp.commands.processes import Together


@pytest.fixture
def slow(sqlite_db: database.Database, tmp_path: Path) -> Iterator[Ground]:
    """Two messages a second: time enough for a command to start."""
    with ground.standing(sqlite_db, tmp_path, people=60, rate=2) as made:
        yield made


def test_a_drill_kills_the_sender_and_the_next_one_takes_over(slow: Ground) -> None:
    with slow.jobs("first") as first:
        broadcast = slow.broadcast()
        until(lambda: slow.simulator.count()["accepted"] >= 5, "some messages")
        drill = subprocess.Popen(
            [sys.executable, "-m", "webapp", "drill", str(broadcast), "--json"],
            cwd=ROOT, env=slow.environ, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert first.process.wait(timeout=60) == -signal.SIGKILL
        with slow.jobs("second") as second:
            told = json.loads(drill.communicate(timeout=60)[0])
            assert (told["killed"], told["taken_over_by"]) == (first.pid, second.pid)
            assert told["adds_up"]
            assert told["before"]["waiting"] > 0
            slow.until_all_done()
    found = proof.prove(slow, people=64, rate=2, kills=1)
    assert found.holds, found


def test_the_demo_starts_a_process_again_unless_it_keeps_dying(tmp_path: Path) -> None:
    together = Together(tmp_path / "logs", {})
    (tmp_path / "logs").mkdir()
    together.start("zen", "this", again=True)  # prints a poem and ends
    with pytest.raises(click.ClickException, match="ended by itself"):
        together.until_stopped()
    assert (tmp_path / "logs" / "zen.log").read_text().count("Beautiful is better") == 6

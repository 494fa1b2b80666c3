"""A real worker that starts when somebody's own hour has passed while nothing ran."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from tests import cast, stage
from tests.services.test_house_rules import told
from tests.services.test_local_time import PARIS, TEN, TOKYO, enter_world, scheduled
from tests.torture.machines import Machine
from webapp.clock import FileClock
from webapp.db import Database
from webapp.domain.departure import MISSED


def test_it_skips_them_before_it_sends(postgres: Database, now: datetime, tmp_path: Path) -> None:
    made = stage.build(postgres, now, tmp_path)
    enter_world(made)
    broadcast = scheduled(made, TEN)
    made.clock.moment = TOKYO
    made.start()
    made.run(made.sender())
    assert told(made, broadcast)["Ana"] == ("QUEUED", None)
    FileClock(tmp_path / "clock.json").set(PARIS + timedelta(minutes=31))
    environ = {
        **os.environ, "FANLIGHT_DATABASE_URL": postgres.url, "FANLIGHT_INSTANCE": str(tmp_path),
        "FANLIGHT_SECRET_KEY": cast.KEY, "FANLIGHT_TEST_CLOCK": "1",
    }  # fmt: skip
    with Machine.started("worker", tmp_path, environ, "webapp", "worker"):
        found = told(made, broadcast)  # it is ready, and has sent nothing yet
    assert (found["Aiko"], found["Ana"]) == (("SENT", None), ("SKIPPED", MISSED))
    assert found["Bia"] == ("QUEUED", None)
    assert made.totals(broadcast).adds_up

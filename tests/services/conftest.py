from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests import cast as casting
from tests import stage as stages
from tests.cast import Cast
from tests.services.import_desk import Desk
from webapp import db as database


@pytest.fixture
def stage(db: database.Database, now: datetime, tmp_path: Path) -> stages.Stage:
    return stages.build(db, now, tmp_path)


@pytest.fixture
def cast(db: database.Database, now: datetime) -> Cast:
    return casting.enter(db, now)


@pytest.fixture
def desk(db: database.Database, cast: Cast, tmp_path: Path, now: datetime) -> Desk:
    return Desk(db, cast, tmp_path, now)

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests import stage as stages
from webapp import db as database


@pytest.fixture
def stage(db: database.Database, now: datetime, tmp_path: Path) -> stages.Stage:
    return stages.build(db, now, tmp_path)

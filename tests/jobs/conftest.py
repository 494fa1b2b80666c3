"""Grounds for processes: a migrated database, a platform, a channel with a few people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture import ground
from webapp import db as database


@pytest.fixture
def many(postgres: database.Database, tmp_path: Path) -> Iterator[ground.Ground]:
    """For several processes on one database; sixty people, thirty a second."""
    with ground.standing(postgres, tmp_path, people=60, rate=30) as made:
        yield made


@pytest.fixture
def crowded(postgres: database.Database, tmp_path: Path) -> Iterator[ground.Ground]:
    """As `many`, and a little longer at work."""
    with ground.standing(postgres, tmp_path, people=120, rate=40) as made:
        yield made


@pytest.fixture
def hall(postgres: database.Database, tmp_path: Path) -> Iterator[ground.Ground]:
    """People enough for two channels."""
    with ground.standing(postgres, tmp_path, people=400) as made:
        yield made


@pytest.fixture
def single(sqlite_db: database.Database, tmp_path: Path) -> Iterator[ground.Ground]:
    with ground.standing(sqlite_db, tmp_path, people=60, rate=30) as made:
        yield made

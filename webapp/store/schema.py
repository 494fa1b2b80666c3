"""The database's shape: brought up to date by migrations, never by `create_all`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlmodel import SQLModel

from webapp import db
from webapp.store import agreements, audience_watch, guards, name_watch, sums, texts

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision; does nothing when it is there."""
    bound = engine.execution_options(**db.MIGRATING)
    with bound.begin() as connection:
        command.upgrade(_config(connection), "head")
        texts.install(connection)
        guards.install(connection)
        sums.install(connection)
        agreements.install(connection)
        audience_watch.install(connection)
        name_watch.install(connection)


def write_revision(engine: Engine, message: str, revision: str) -> None:
    """For developers: write the migration that brings `engine` to the models."""
    with engine.begin() as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=revision)


def is_current(engine: Engine) -> bool:
    with engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    return at == _newest()


def differences(engine: Engine) -> list[object]:
    """What the models say and the migrated database does not; empty when all is well."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))


@lru_cache(maxsize=1)
def _newest() -> str | None:
    """Read from the files once: a process is of one release."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config

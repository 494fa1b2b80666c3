"""The database: brought up to date, backed up, restored."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import Failure, Shell, Told
from webapp.domain.halt import Cause
from webapp.services import backups, halting, presence
from webapp.store import schema

BESIDE = ("-wal", "-shm")  # what SQLite keeps next to its file
FILE = click.Path(dir_okay=False, path_type=Path)


def register(fanlight: click.Group) -> None:
    group = click.Group("db", help="The database's shape.")
    fanlight.add_command(group)
    shell.command(group, "upgrade")(_upgrade)
    shell.command(fanlight, "backup")(_backup)
    shell.command(fanlight, "restore")(_restore)


def _upgrade(shell: Shell) -> Told:
    """Bring the database to the newest revision; does nothing when it is there."""
    engine = shell.bare_house.db.engine
    schema.upgrade(engine)
    return Told({"current": schema.is_current(engine)}, ["The database is up to date."])


@click.argument("file", type=FILE)
def _backup(shell: Shell, file: Path) -> Told:
    """Copy the database into FILE while it is in use. The key is not in it: keep it apart."""
    if file.exists():
        raise Failure(f"{file} exists already; choose another name.")
    house = shell.house
    _make(file)
    try:
        if house.db.is_sqlite:
            _copy(_sqlite_path(shell), file)
        else:
            _postgres(shell, "pg_dump", "--format=custom", "--file", str(file))
    except BaseException:
        file.unlink(missing_ok=True)  # a part of a backup would be taken for one
        raise
    backups.note(house.db, house.clock.now())
    size = file.stat().st_size
    in_file = (shell.settings.instance / "secret.key").exists()
    key = "instance/secret.key" if in_file else "FANLIGHT_SECRET_KEY"
    lines = [f"{file}: {size:,} bytes.", f"The key is not in it; keep {key} apart."]
    return Told({"file": str(file), "bytes": size}, lines)


@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace what is there without asking.")
def _restore(shell: Shell, file: Path, yes: bool) -> Told:  # noqa: FBT001 - a switch
    """Replace the database by a backup. Stop web and jobs first."""
    if not (yes or _is_sure(file)):
        raise Failure("Nothing was replaced. Where nobody can be asked, say --yes.")
    built = shell.bare_house
    _refuse_beside_others(shell)
    if built.db.is_sqlite:
        _check(file)
        built.db.dispose()
        _replace(_sqlite_path(shell), file)
    else:
        _postgres(shell, "pg_restore", "--clean", "--if-exists", "--no-owner", str(file))
    schema.upgrade(built.db.engine)
    _mark(shell)
    lines = [
        f"Restored from {file}. Start web and jobs again.",
        (
            "Nothing is sent until somebody has looked: open Stop everything, or run: "
            "fanlight go-on --leaving-out"
        ),
    ]
    return Told({"restored": str(file), "halted": True}, lines)


def _is_sure(file: Path) -> bool:
    try:
        return click.confirm(f"Replace the present database by {file}?", err=True)
    except click.Abort:  # no terminal, or no wish to answer
        click.echo(err=True)
        return False


def _refuse_beside_others(shell: Shell) -> None:
    """Who runs would go on with the file that was taken away, and what they send be lost."""
    running = presence.running(shell.settings.instance)
    if running:
        named = " and ".join(running)
        raise Failure(f"{named} still run here. Stop them first; nothing was changed.")


def _sqlite_path(shell: Shell) -> Path:
    named = make_url(shell.settings.database_url).database
    if not named or named == ":memory:":
        raise Failure("A database in memory cannot be copied.")
    return Path(named)


def _make(file: Path) -> None:
    """Empty, and for nobody else to read: everybody's names and messages are in it."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.") from None


def _copy(source: Path, target: Path) -> None:
    """SQLite's own online backup: consistent while others write."""
    opened, written = sqlite3.connect(source), sqlite3.connect(target)
    try:
        opened.backup(written)
    except sqlite3.Error as error:
        raise Failure(f"{target} cannot be written: {error}.") from None
    finally:
        opened.close()
        written.close()


def _check(file: Path) -> None:
    try:
        opened = sqlite3.connect(f"file:{file.resolve()}?mode=ro", uri=True)
        sound = opened.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        known = opened.execute("SELECT count(*) FROM alembic_version").fetchone()[0] == 1
        opened.close()
    except sqlite3.Error as error:
        raise Failure(f"{file} is no backup of Fanlight: {error}.") from None
    if not (sound and known):
        raise Failure(f"{file} is damaged or no backup of Fanlight.")


def _replace(path: Path, file: Path) -> None:
    part = path.with_name(f"{path.name}.part")
    shutil.copyfile(file, part)
    for suffix in BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    part.replace(path)


def _mark(shell: Shell) -> None:
    """Nothing is sent from it until a person has looked."""
    with shell.writer(db.NO_BRAND) as session:
        halting.hold(session, Cause.RESTORED, shell.now)
        session.commit()


def _postgres(shell: Shell, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise Failure(f"{program} is not installed here; install PostgreSQL's client programs.")
    url = make_url(shell.settings.database_url).set(drivername="postgresql")
    # The password goes by the environment: a command line is read by everybody on the machine.
    secret = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    address = url._replace(password=None).render_as_string()
    done = subprocess.run(  # noqa: S603 - a program found on the path, no shell
        [found, "--dbname", address, *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **secret},
    )  # fmt: skip
    if done.returncode:
        raise Failure(f"{program} failed: {' '.join(done.stderr.split())[-500:]}")

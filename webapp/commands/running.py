"""The processes: web, clock and sender, further workers, simulator."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

import click

from webapp import logs, runtime
from webapp.commands import shell
from webapp.commands.shell import Failure, Shell, Told
from webapp.services import drilling, missed_turns, rulebooks
from webapp.services.sending import Sender
from webapp.store import schema

RETRY_S = 1.0  # after a turn failed, for example while the database restarts
PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True}


def register(fanlight: click.Group) -> None:
    shell.command(fanlight, "serve")(_serve)
    shell.command(fanlight, "worker")(_worker)
    fanlight.add_command(jobs)
    fanlight.add_command(simulator)


@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def _serve(shell: Shell, host: str, port: int) -> Told:
    """Serve the web until it is stopped; the database is brought up to date first."""
    built = shell.bare_house
    logs.begin(built.settings, "web")
    schema.upgrade(built.db.engine)
    rulebooks.take_up(built)
    click.echo(f"fanlight: http://{host}:{port} ({built.settings.base_url})", err=True)
    shell.doors.serve(built, host, port)
    return Told({})


@click.command(context_settings=PASSED_ON)
@click.argument("rest", nargs=-1, type=click.UNPROCESSED)
def jobs(rest: tuple[str, ...]) -> None:
    """Run the clock and the sending on this machine, until stopped."""
    os.execv(sys.executable, [sys.executable, "-m", "jobs", *rest])  # noqa: S606 - our own module


@click.command(context_settings=PASSED_ON, add_help_option=False)
@click.argument("rest", nargs=-1, type=click.UNPROCESSED)
def simulator(rest: tuple[str, ...]) -> None:
    """Run the practice platform; `fanlight simulator --help` lists its options."""
    os.execv(  # noqa: S606 - our own module
        sys.executable, [sys.executable, "-m", "webapp.simulator", *rest]
    )


def _worker(shell: Shell) -> Told:
    """Send on a further machine, beside the clock on another one; PostgreSQL only."""
    built = shell.house
    if built.db.is_sqlite:
        raise Failure(
            "SQLite has one sender, the one of `fanlight jobs`. Further workers need PostgreSQL: "
            "set FANLIGHT_DATABASE_URL."
        )
    runtime.begin()
    logs.begin(built.settings, "worker")
    rulebooks.take_up(built)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stopper(stop))
    missed_turns.skip(built.db, built.clock.now())
    sender = Sender(built)
    sender.enter()
    drilling.stand_ready(built, sender, stop)
    runtime.settle()
    click.echo("fanlight worker: ready", err=True)
    while not stop.is_set():
        stop.wait(_turn(sender))
    sender.leave()
    return Told({})


def _turn(sender: Sender) -> float:
    try:
        return sender.turn()
    except Exception as error:  # noqa: BLE001 - the next turn may work, and the rows are kept
        click.echo(f"fanlight worker: a turn failed, trying again: {error}", err=True)
        return RETRY_S


def _stopper(stop: threading.Event):  # type: ignore[no-untyped-def]  # noqa: ANN202 - for signal()
    def handle(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    return handle

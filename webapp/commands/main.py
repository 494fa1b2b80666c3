"""The tree of commands, and how a run ends: 0 done, 1 could not be done, 2 asked wrongly."""

from __future__ import annotations

from collections.abc import Sequence

import click
from sqlalchemy.exc import ArgumentError, DBAPIError

from webapp.commands import (
    audiences,
    broadcasts,
    database,
    demo,
    doctor,
    drilling,
    halting,
    imports,
    keys,
    making,
    reading,
    rules,
    running,
    test_clock,
)
from webapp.commands.doors import Doors
from webapp.commands.shell import Shell
from webapp.domain.errors import FanlightError, Invalid

FAILED, MISUSED, STOPPED = 1, 2, 130
EXPECTED = (click.ClickException, FanlightError, DBAPIError, OSError, ArgumentError)


@click.group()
@click.version_option(package_name="fanlight", prog_name="fanlight")
def fanlight() -> None:
    """Plan a messaging year and send it inside the platforms' windows."""


for _part in (
    making,
    running,
    halting,
    database,
    audiences,
    broadcasts,
    imports,
    reading,
    rules,
    doctor,
    drilling,
    keys,
    test_clock,
):
    _part.register(fanlight)
fanlight.add_command(demo.demo)


def main(doors: Doors, arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Errors are one line on stderr."""
    try:
        code = fanlight.main(
            args=None if arguments is None else list(arguments),
            prog_name="fanlight",
            standalone_mode=False,
            obj=Shell(doors),
        )
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        return MISUSED
    except (click.Abort, KeyboardInterrupt):
        return STOPPED
    except EXPECTED as error:
        words, failed = _told(error)
        click.echo(f"fanlight: {' '.join(words.split())}", err=True)
        return failed
    return code if isinstance(code, int) else 0


def _told(error: Exception) -> tuple[str, int]:
    """One line for people, and the exit code."""
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, Invalid):
        return "; ".join(f"{name}: {found[0]}" for name, found in error.errors.items()), MISUSED
    if isinstance(error, DBAPIError):
        return f"The database does not answer: {error.orig}", FAILED
    if isinstance(error, ArgumentError):
        return f"FANLIGHT_DATABASE_URL names no database that is known here: {error}", FAILED
    return str(error), FAILED

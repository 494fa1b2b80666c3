"""The clock moved by hand, for every process of the installation; tests and training only."""

from __future__ import annotations

import re
from datetime import timedelta

import click

from webapp.clock import FileClock
from webapp.commands import shell
from webapp.commands.shell import Failure, Shell, Told
from webapp.domain import schedule
from webapp.domain.wording import Sentence

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_STEP = re.compile(r"(-?\d{1,6})([smhdw])", re.ASCII)


def register(fanlight: click.Group) -> None:
    group = click.Group("clock", help="Only with FANLIGHT_TEST_CLOCK=1.")
    fanlight.add_command(group)
    shell.command(group, "show")(_show)
    shell.command(group, "set")(_set)
    shell.command(group, "advance")(_advance)


def _show(shell: Shell) -> Told:
    """What time it is here."""
    clock = _clock(shell)
    now = schedule.rfc3339(clock.now())
    return Told({"now": now, "offset_seconds": clock.offset().total_seconds()}, [now])


@click.argument("moment")
def _set(shell: Shell, moment: str) -> Told:
    """Make it MOMENT, such as 2026-11-27T22:00:00Z; it ticks on from there."""
    read = schedule.read_time(moment)
    if isinstance(read, Sentence):
        raise click.UsageError(str(read))
    _clock(shell).set(read)
    return _show(shell)


@click.argument("by")
def _advance(shell: Shell, by: str) -> Told:
    """Move it by seconds, or by 90s, 15m, 24h, 7d, 2w."""
    match = _STEP.fullmatch(by if by[-1:] in UNITS else f"{by}s")
    if match is None:
        raise click.UsageError("Give a step such as 90, 15m, 24h or 7d.")
    _clock(shell).advance(timedelta(**{UNITS[match[2]]: int(match[1])}))
    return _show(shell)


def _clock(shell: Shell) -> FileClock:
    clock = shell.bare_house.clock
    if not isinstance(clock, FileClock):
        raise Failure("The clock moves only with FANLIGHT_TEST_CLOCK=1.")
    return clock

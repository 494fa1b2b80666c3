"""`python -m tests.torture.leaping`: `python -m jobs` on a machine whose clock is set by hand, by
the file `clock.json` in its instance folder, while it runs.

FANLIGHT_TEST_CLOCK=1 moves the clock too, and tells the program that a leap of it is no downtime.
"""

from __future__ import annotations

import sys
from pathlib import Path

from jobs import __main__ as jobs
from webapp import clock
from webapp.clock import FileClock

FILE = "clock.json"


def of(folder: Path) -> FileClock:
    """The clock of a machine with this instance folder."""
    return FileClock(folder / FILE)


if __name__ == "__main__":
    clock.make = lambda settings: of(settings.instance)
    sys.exit(jobs.main())

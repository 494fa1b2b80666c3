"""Which of our processes run on this installation, told by locks on files of its folder.

A lock ends with its process, however it ends, so nobody is taken for alive who is not. Needed where
the database is a file: whoever has it open goes on with it after it was replaced.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

WEB, JOBS = "serve.lock", "jobs.lock"  # the second is held by the clock
_held: list[IO[str]] = []  # open as long as this process


def hold_web(instance: Path) -> None:
    """This process serves the web from now on; any number of them may."""
    handle = (instance / WEB).open("w")
    fcntl.flock(handle, fcntl.LOCK_SH)
    _held.append(handle)


def running(instance: Path) -> list[str]:
    """`web` and `jobs`, those of them that run."""
    return [name for name, file in (("web", WEB), ("jobs", JOBS)) if _is_held(instance / file)]


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("r") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False

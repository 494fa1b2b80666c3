"""The latest slot this machine has sent at, in a file outside the database.

A restored backup or an old copy of a disk does not know what was sent after it was made. Each wave
writes its last slot here once its claims are committed, so the database's own slots
(`store.rates.newest`) are never behind this file unless the database is older than the file. The
database's identity stands beside the slot: a database begun anew is not an old one, and one that a
person has looked at and let go on gets a new identity.

No fsync: a process that dies loses nothing, and after a power cut the file may only be too early,
which raises no alarm.
"""

from __future__ import annotations

import os
from pathlib import Path

NAME = "last-slot"


def read(folder: Path, identity: str) -> int:
    """Microseconds since 1970; 0 where nothing was sent from here by this database."""
    try:
        owner, slot = (folder / NAME).read_text(encoding="ascii").split()
        return int(slot) if owner == identity else 0
    except (OSError, ValueError):
        return 0


def write(folder: Path, identity: str, slot_us: int) -> None:
    """In place: a file made shorter first costs the disk more than what is written."""
    line = f"{identity} {slot_us:020d}\n".encode("ascii")
    file = os.open(folder / NAME, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.pwrite(file, line, 0)
        if os.fstat(file).st_size > len(line):
            os.ftruncate(file, len(line))
    finally:
        os.close(file)

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
    (folder / NAME).write_text(f"{identity} {slot_us:020d}\n", encoding="ascii")

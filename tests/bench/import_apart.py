"""One import in a process of its own, so that its memory is its own: `python -m
tests.bench.import_apart FOLDER FILE` answers with a line of JSON."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.cast import VAULT
from webapp.db import Database
from webapp.domain.permission import Actor, Role
from webapp.services import import_at_once

EDITOR = Actor(None, "Edna", Role.EDITOR)


def main(folder: Path, file: Path) -> dict[str, object]:
    """Wall and CPU seconds, the most memory, what was used before, and what became of the rows."""
    db, before = Database(f"sqlite:///{folder / 'fanlight.db'}"), megabytes("VmRSS")
    begun, worked = time.perf_counter(), time.process_time()
    job = import_at_once.run_to_end(db, VAULT, folder, EDITOR, 1, 1, file, datetime.now(UTC))
    spent = {"wall": time.perf_counter() - begun, "cpu": time.process_time() - worked}
    memory = {"memory": megabytes("VmHWM"), "before": before}
    counts = {name: getattr(job, name) for name in ("state", "created", "unchanged")}
    db.dispose()
    return {**spent, **memory, **counts}


def megabytes(which: str) -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")  # only Linux tells
    return int(status.read_text().split(f"{which}:")[1].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(main(*map(Path, sys.argv[1:]))))

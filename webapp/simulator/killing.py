"""A fault that kills the caller: the process of a given id, at a point of one request.

`received`: before it is handled. `accepted`: it is handled and on disk, and no answer was written.
`answered`: the answer has left. Each `delay_ms` later. Only where the simulator was started with
`--may-kill`, which a practice platform for people never is: whoever reaches its door could end any
process of its user.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from webapp.simulator.faults import Fault
from webapp.simulator.pages import Misuse

KILLS = frozenset({"kill"})
POINTS = ("received", "accepted", "answered")


def check(given: dict[str, object], *, allowed: bool) -> None:
    """Misuse names what is missing."""
    if given.get("kind") not in KILLS:
        return
    if not allowed:
        raise Misuse("This simulator kills nobody; start it with --may-kill.")
    given.setdefault("delay_ms", 0)
    if not isinstance(given.get("pid"), int) or given.get("at") not in POINTS:
        raise Misuse(f"A kill names a pid, and `at` as one of {', '.join(POINTS)}.")


def at(point: str, fault: Fault | None) -> None:
    """The request is at this point: whoever is to die here does, now or a little later."""
    if fault is None or fault.at != point:
        return
    if fault.delay_ms:
        asyncio.get_running_loop().call_later(fault.delay_ms / 1000, _kill, fault.pid)
    else:
        _kill(fault.pid)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)

"""What a process tells Python, and the C library below it, before its work begins.

What is loaded stays loaded: the garbage collector need not look at it again. A full collection
walks every object there is. With the program's 300,000 it held everything up for 0.24 to 0.28 s on
two slow cores, in the sender as a pause of a hundred slots and in the web as a page that hangs;
over what came after the start it is done in a few hundredths.

Threads take turns five times as often as Python would have it. Whoever keeps a webhook, or begins a
wave of messages, needs the interpreter for a moment, and would wait 5 ms for it, several times over
while it holds the database, beside a page that is made or an inbox that is understood. In
`python -m tests.bench busy` webhooks took 132 ms (p99) before and 80 to 95 after, a channel had
98.5 % of its rate before and 99.6 to 100 % after, and pages were no slower.

Threads share two heaps. The C library would give some dozen threads a heap each, and each keeps
what its thread once needed: the clock came to 650 to 800 MB in ten minutes of that bench, of which
a tenth was in use; with two it stays below 200.
"""

from __future__ import annotations

import ctypes
import gc
import sys

TURN_S = 0.001
M_ARENA_MAX, HEAPS = -8, 2  # of mallopt(3)


def begin() -> None:
    """First of all, before there are threads. Other C libraries have no such heaps."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_ARENA_MAX, HEAPS)


def settle() -> None:
    """Once, when all is loaded and before the work begins."""
    sys.setswitchinterval(TURN_S)
    gc.collect()
    gc.freeze()

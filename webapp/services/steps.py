"""How much of a long work goes into one transaction: what other writers can wait for."""

from __future__ import annotations

STEP_S = 0.02  # that a transaction holds up other writers
BREATH_S = 0.002  # the pause after it: whoever waits for the lock gets it
LEAST, FIRST, MOST = 1_000, 1_000, 20_000  # rows a transaction


def next_size(rows: int, seconds: float, least: int = LEAST) -> int:
    """As many as would have taken STEP_S, and not too many more at once than before."""
    fitting = rows * STEP_S / max(seconds, 0.001)
    return int(min(MOST, max(least, min(fitting, rows * 2))))

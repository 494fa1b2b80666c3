"""What a process has loaded stays loaded: the garbage collector need not look at it again.

A full collection walks every object there is. With the program's 300,000 it held everything up for
0.24 to 0.28 s on two slow cores, in the sender as a pause of a hundred slots and in the web as a
page that hangs; over what came after the start it is done in a few hundredths.
"""

from __future__ import annotations

import gc


def settle() -> None:
    """Once, when all is loaded and before the work begins."""
    gc.collect()
    gc.freeze()

"""People who click: the address is opened for real only on this machine, never in the world."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

from webapp.simulator import client
from webapp.simulator.settings import Settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_open: set[asyncio.Task[None]] = set()


def visit(url: str, settings: Settings) -> None:
    """Opens `url` in the background when it is on loopback."""
    if urlsplit(url).hostname not in LOOPBACK:
        return
    task = asyncio.get_running_loop().create_task(_visit(settings.at_web(url)))
    _open.add(task)
    task.add_done_callback(_open.discard)


async def _visit(url: str) -> None:
    with contextlib.suppress(OSError, TimeoutError):
        await client.ask("GET", url)

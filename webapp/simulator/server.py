"""The server: one loop that takes requests, commits them together, and only then answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable
from dataclasses import dataclass, field

from webapp.simulator import batch, calls, graph, practice
from webapp.simulator import world as worlds
from webapp.simulator.answers import Answer
from webapp.simulator.calls import Request
from webapp.simulator.errors import Refusal
from webapp.simulator.postman import Postman
from webapp.simulator.settings import Settings
from webapp.simulator.wire import Connection
from webapp.simulator.world import World

STOP_WITHIN = 1.0  # seconds
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Desk:
    """Handles requests and holds their answers until the turn's writes are committed."""

    world: World
    ready: list[tuple[Connection, Answer]] = field(default_factory=list)
    slow: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, request: Request, caller: Connection) -> None:
        answer = self._answer(request)
        if isinstance(answer, Answer):
            self._hold(caller, answer)
            return
        task = asyncio.ensure_future(self._wait(answer, caller))
        self.slow.add(task)
        task.add_done_callback(self.slow.discard)

    def _answer(self, request: Request) -> Answer | Awaitable[Answer]:
        if request.target.startswith("/_practice"):
            return practice.serve(self.world, request)
        try:
            call = calls.read(request)
        except Refusal as refusal:
            return refusal.answer("unread")
        if not call.parts and "batch" in call.params:
            return batch.serve(self.world, call)
        return graph.serve(self.world, call)

    async def _wait(self, answer: Awaitable[Answer], caller: Connection) -> None:
        self._hold(caller, await answer)

    def _hold(self, caller: Connection, answer: Answer) -> None:
        if not self.ready:
            asyncio.get_running_loop().call_soon(self._release)
        self.ready.append((caller, answer))

    def _release(self) -> None:
        self.world.state.commit()
        released, self.ready = self.ready, []
        for caller, answer in released:
            caller.answer(answer)


async def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; prints one line when ready."""
    world = worlds.make(settings)
    desk, stop = Desk(world), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    server = await loop.create_server(lambda: Connection(desk.take), settings.host, settings.port)
    postman = loop.create_task(_carry(Postman(world)))
    _say_ready(server, settings)
    await stop.wait()
    server.close()
    postman.cancel()
    with contextlib.suppress(asyncio.CancelledError, TimeoutError):
        await asyncio.wait_for(postman, STOP_WITHIN)
    world.state.close()


async def _carry(postman: Postman) -> None:
    """Whatever goes wrong with one turn, webhooks go on with the next."""
    while True:
        try:
            await postman.run()
        except Exception:
            log.exception("a turn of the postman failed")
            await asyncio.sleep(STOP_WITHIN)


def _say_ready(server: asyncio.Server, settings: Settings) -> None:
    port = server.sockets[0].getsockname()[1]
    print(f"Practice platform ready on http://{settings.host}:{port}", flush=True)  # noqa: T201 - the ready line

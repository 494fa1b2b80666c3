"""A fast end of the wire: every Send API call is accepted at once and answered with its own id.

A process of its own that parses no JSON, keeps nothing and only counts, so that the sender is what
is measured. `GET` answers what it has seen: accepted calls, the most in any one second, and the
seconds between the first and the last. An answer can be made to take a while, as on a long way.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
WINDOW_S = 1.0


@dataclass
class Seen:
    """What came, and when: starts of the last second only."""

    accepted: int = 0
    most: int = 0  # in any window of one second
    last: deque[float] = None  # type: ignore[assignment]
    first_at: float = 0.0

    def __post_init__(self) -> None:
        self.last = deque()

    def one(self) -> int:
        now = time.monotonic()
        self.first_at = self.first_at or now
        self.accepted += 1
        self.last.append(now)
        while self.last[0] <= now - WINDOW_S:
            self.last.popleft()
        self.most = max(self.most, len(self.last))
        return self.accepted

    @property
    def span(self) -> float:
        return self.last[-1] - self.first_at if self.last else 0.0


class _Connection(asyncio.Protocol):
    def __init__(self, seen: Seen, latency_s: float) -> None:
        self._seen, self._came, self._latency_s = seen, b"", latency_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out: asyncio.WriteTransport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (head := self._came.find(END_OF_HEAD)) >= 0:
            size = head + len(END_OF_HEAD) + _length(self._came[:head])
            if len(self._came) < size:
                return
            posted = self._came.startswith(b"POST")
            self._came = self._came[size:]
            self._say(_answer(self._accepted() if posted else self._told()))

    def _say(self, answer: bytes) -> None:
        if self._latency_s:
            asyncio.get_running_loop().call_later(self._latency_s, self._out.write, answer)
        else:
            self._out.write(answer)

    def _accepted(self) -> bytes:
        n = self._seen.one()
        return b'{"recipient_id":"b","message_id":"m_%d"}' % n

    def _told(self) -> bytes:
        seen = self._seen
        told = {"accepted": seen.accepted, "most": seen.most, "span": seen.span}
        return json.dumps({**told, "cpu": time.process_time()}).encode()


def _length(head: bytes) -> int:
    found = head.lower().find(LENGTH)
    return 0 if found < 0 else int(head[found + len(LENGTH) :].split(b"\r\n", 1)[0])


def _answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


@dataclass(frozen=True)
class Sink:
    url: str

    def seen(self) -> dict[str, float]:
        with urllib.request.urlopen(self.url) as reply:  # noqa: S310 - our own loopback
            return dict(json.loads(reply.read()))


@contextmanager
def running(latency_s: float = 0.0) -> Iterator[Sink]:
    started = subprocess.Popen(
        [sys.executable, "-m", __name__, str(latency_s)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert started.stdout is not None
        yield Sink(f"http://127.0.0.1:{int(started.stdout.readline())}")
    finally:
        started.terminate()
        started.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _serve(latency_s: float) -> None:
    seen = Seen()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(seen, latency_s), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))

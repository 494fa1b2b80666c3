"""HTTP/1.1 by hand, in one loop: kept-alive connections, answers in order, and broken on purpose.

A general server cannot leave a caller in silence or reset the line; a practice platform must.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from http import HTTPStatus

from webapp.simulator import answers
from webapp.simulator.answers import Answer, Ending
from webapp.simulator.calls import Request

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 64 * 1024 * 1024
Handler = Callable[[Request, "Connection"], None]


class Malformed(Exception):
    """Bytes that are no HTTP request; the number is the status they deserve."""

    def __init__(self, status: int) -> None:
        super().__init__(HTTPStatus(status).phrase)
        self.status = status


class Connection(asyncio.Protocol):
    """One caller. Requests are handled one at a time, however many it has written ahead."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._answering = False
        self._stays = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._next()

    def answer(self, answer: Answer) -> None:
        """Sends it, or lets happen what its fate says."""
        answer.at("accepted")
        if answer.fate.delay and answer.fate.ending is not Ending.RESET:
            loop = asyncio.get_running_loop()
            loop.call_later(answer.fate.delay, self._end, answer)
        else:
            self._end(answer)

    def _end(self, answer: Answer) -> None:
        if self._transport is None:
            return
        if answer.fate.ending is not Ending.ANSWER:
            self._reset()
            return
        self._transport.write(written(answer, stays=self._stays))
        answer.at("answered")
        self._answering = False
        if not self._stays:
            self._transport.close()
        elif self._received:
            self._next()

    def _reset(self) -> None:
        """Closes so that the caller sees a reset, not an orderly end."""
        if self._transport is None:
            return
        line: socket.socket | None = self._transport.get_extra_info("socket")
        if line is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _next(self) -> None:
        if self._answering or self._transport is None:
            return
        try:
            request = taken(self._received, self._continue)
        except Malformed as error:
            self._stays = False
            self.answer(Answer({"error": {"message": str(error)}}, error.status))
            return
        if request is not None:
            self._answering = True
            self._stays = request.headers.get("connection", "").lower() != "close"
            self._handler(request, self)

    def _continue(self) -> None:
        if self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def taken(received: bytearray, go_on: Callable[[], None]) -> Request | None:
    """Removes the first whole request from what was received; None until it is complete."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        if len(received) > LARGEST_HEAD:
            raise Malformed(431)
        return None
    method, target, headers = _head(bytes(received[:end]))
    length = _length(headers)
    if len(received) < end + 4 + length:
        if "expect" in headers and len(received) == end + 4:
            go_on()
        return None
    body = bytes(received[end + 4 : end + 4 + length])
    del received[: end + 4 + length]
    return Request(method, target, headers, body)


def written(answer: Answer, *, stays: bool) -> bytes:
    body = answer.body
    raw = body if isinstance(body, bytes) else answers.written(body).encode()
    headers = {"content-type": "application/json; charset=UTF-8", **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"content-length: {len(raw)}", f"connection: {'keep-alive' if stays else 'close'}"]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def _head(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Malformed(400)
    pairs = (line.partition(":") for line in lines)
    return words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in pairs}


def _length(headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise Malformed(411)
    given = headers.get("content-length", "0")
    if not given.isdigit():
        raise Malformed(400)
    if int(given) > LARGEST_BODY:
        raise Malformed(413)
    return int(given)

"""The simulator's own way out: one small HTTP request, without threads, abandoned when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

TIMEOUT = 5.0  # seconds: what the platform gives a callback
ENOUGH = 64 * 1024  # bytes read of an answer


async def ask(
    method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> tuple[int, bytes]:
    """Status and body. OSError or TimeoutError when there is no answer in time."""
    async with asyncio.timeout(TIMEOUT):
        return await _ask(method, url, headers or {}, body)


async def _ask(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure or None)
    try:
        writer.write(_head(method, parts.netloc, _target(parts.path, parts.query), headers, body))
        await writer.drain()
        return _answer(await _read(reader))
    finally:
        writer.close()


def _target(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")


def _head(method: str, host: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"host: {host}", "connection: close"]
    lines += [f"content-length: {len(body)}", "user-agent: fanlight-simulator"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read(reader: asyncio.StreamReader) -> bytes:
    received = b""
    while len(received) < ENOUGH and (part := await reader.read(ENOUGH)):
        received += part
    return received


def _answer(received: bytes) -> tuple[int, bytes]:
    head, _, body = received.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        raise ConnectionError("no HTTP answer")
    return int(words[1]), body

"""A request and what came back, as values: the words platforms and the transport share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SEND_TIMEOUT_MS = 30_000


class TransportError(StrEnum):
    """Why there is no reply."""

    NAME = "name"  # the address has no such host
    REFUSED = "refused"  # nobody listens, or no way there
    TLS = "tls"  # the certificate or handshake failed
    TIMEOUT = "timeout"
    BROKEN = "broken"  # reset, cut short, or not HTTP


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `headers` may hold secrets and are never shown; `url` holds none."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout_ms: int = SEND_TIMEOUT_MS


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. With `error` there is none, and `status` is 0 or of a broken reply.

    headers          names in lower case
    sent_first_byte  False only when it is certain that nothing of the request was written
    elapsed          seconds
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: TransportError | None = None
    sent_first_byte: bool = True
    elapsed: float = 0.0

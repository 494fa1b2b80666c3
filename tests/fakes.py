"""Named fakes: a transport that answers like the platform, and a clock moved by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from webapp.platforms.wire import Reply, Request, TransportError

Answering = Callable[[Request], Reply]


def accepts(request: Request) -> Reply:
    """The platform takes everything; the message id is made from our own mark."""
    body = json.loads(request.body or b"{}")
    key = body.get("message", {}).get("metadata", "none")
    return Reply(200, {}, json.dumps({"recipient_id": "1", "message_id": f"m_{key}"}).encode())


def accepts_on_whatsapp(request: Request) -> Reply:
    to = str(json.loads(request.body or b"{}").get("to"))
    taken = {"contacts": [{"wa_id": to}], "messages": [{"id": f"wamid.{to}"}]}
    return Reply(200, {}, json.dumps(taken).encode())


def refuses(code: int, subcode: int | None = None, status: int = 400) -> Answering:
    error = {"message": "no", "type": "OAuthException", "code": code, "error_subcode": subcode}
    body = json.dumps({"error": error}).encode()
    return lambda _request: Reply(status, {}, body)


def together(each: Answering) -> Answering:
    """Answers batches as well, by what `each` says of the calls in them."""

    def answer(request: Request) -> Reply:
        items = batch_in(request)
        if items is None:
            return each(request)
        replies = [
            each(Request("POST", it["relative_url"], {}, opened(it["body"]))) for it in items
        ]
        told = [told_in_batch(reply) for reply in replies]
        return Reply(200, {}, json.dumps(told).encode())

    return answer


def batch_in(request: Request) -> list[dict[str, str]] | None:
    """The calls in a request; None when it is one itself."""
    items: list[dict[str, str]] | None = json.loads(request.body or b"{}").get("batch")
    return items


def opened(form: str) -> bytes:
    """The body of a call in a batch as it is when it goes alone."""
    fields = {name: value[0] for name, value in parse_qs(form).items()}
    opened = {k: json.loads(v) if v[0] in "{[" else v for k, v in fields.items()}
    return json.dumps(opened).encode()


def told_in_batch(reply: Reply) -> dict[str, object] | None:
    """One answer of a batch; None where there was none."""
    if reply.error is not None:
        return None
    headers = [{"name": name, "value": value} for name, value in reply.headers.items()]
    return {"code": reply.status, "headers": headers, "body": reply.body.decode()}


def breaks(error: TransportError, *, written: bool) -> Answering:
    return lambda _request: Reply(0, error=error, sent_first_byte=written)


@dataclass
class FakeTransport:
    """Answers at the next poll. `answer` decides; `sent` keeps every request that was asked."""

    answer: Answering = accepts
    sent: list[Request] = field(default_factory=list)
    calls: list[Request] = field(default_factory=list)
    waiting: list[tuple[object, Request]] = field(default_factory=list)
    silent: bool = False  # requests stay in flight

    @property
    def in_flight(self) -> int:
        return len(self.waiting)

    def submit(self, request: Request, token: object) -> None:
        self.sent.append(request)
        self.waiting.append((token, request))

    def poll(self, _timeout_s: float) -> list[tuple[object, Reply]]:
        if self.silent:
            return []
        done, self.waiting = self.waiting, []
        return [(token, self.answer(request)) for token, request in done]

    def call(self, request: Request) -> Reply:
        self.calls.append(request)
        return self.answer(request)

    def close(self) -> None:
        self.waiting.clear()

    def bodies(self) -> list[dict[str, object]]:
        return [json.loads(request.body or b"{}") for request in self.sent]


@dataclass
class HandClock:
    """Time stands still until it is moved."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)

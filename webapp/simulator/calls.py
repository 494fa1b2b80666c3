"""One call to the Graph, read from HTTP: the version, the path, the parameters, the token."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from webapp.simulator import errors
from webapp.simulator.answers import Json

VERSION = re.compile(r"/(v\d+\.\d+)(?=/|$)")
NEWEST = "v26.0"


@dataclass(frozen=True, slots=True)
class Request:
    """What came over the wire; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Call:
    """`parts` is the path without its version: ("me", "messages")."""

    method: str
    parts: tuple[str, ...]
    params: Json
    token: str | None
    version: str = NEWEST

    @property
    def path(self) -> str:
        return "/" + "/".join(self.parts)

    @property
    def sends(self) -> bool:
        """Whether it asks for a message to be sent, free or paid."""
        return self.method == "POST" and self.parts[1:] == ("messages",)


def read(request: Request) -> Call:
    """Raises the platform's refusal when the body cannot be read."""
    parts = urlsplit(request.target)
    version = VERSION.match(parts.path)
    path = parts.path[version.end() :] if version else parts.path
    params = dict(parse_qsl(parts.query)) | _body(request)
    return Call(
        method=str(params.pop("method", request.method)).upper(),
        parts=tuple(unquote(part) for part in path.split("/") if part),
        params={name: opened(value) for name, value in params.items()},
        token=_token(request, params),
        version=version[1] if version else NEWEST,
    )


def opened(value: Any) -> Any:
    """Form fields carry objects as JSON text; those are opened, everything else stays."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def target(call: Call) -> tuple[str | None, str | None]:
    """The person (PSID) and the sender's key a send names, if it names them readably."""
    recipient, message = call.params.get("recipient"), call.params.get("message")
    psid = recipient.get("id") if isinstance(recipient, dict) else call.params.get("to", recipient)
    key = call.params.get("biz_opaque_callback_data")
    key = message.get("metadata") if isinstance(message, dict) else key
    return (str(psid).removeprefix("+") if psid else None), (str(key) if key else None)


def _token(request: Request, params: Json) -> str | None:
    given = params.pop("access_token", None)
    bearer = request.headers.get("authorization", "")
    if given is None and bearer[:7].lower() == "bearer ":
        given = bearer[7:].strip()
    return str(given) if given else None


def _body(request: Request) -> Json:
    if not request.body:
        return {}
    text = request.body.decode("utf-8", "replace")
    if not text.lstrip().startswith("{"):
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        body = json.loads(text)
    except ValueError as error:
        raise errors.bad_parameter("The body is not valid JSON") from error
    return body if isinstance(body, dict) else {}

"""The Graph's wire, the same for all of Meta's platforms: calls, the error envelope, usage."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote, urlencode

from webapp.domain.rate import Usage
from webapp.platforms import webhook_values as values
from webapp.platforms.protocol import ChannelAccess
from webapp.platforms.wire import Reply, Request

CHECK_TIMEOUT_MS = 10_000
SHARES = ("call_count", "total_time", "total_cputime")  # percent of the limit, each
APP_HEADERS = ("x-app-usage", "x-page-usage")
BUSINESS_HEADERS = ("x-business-use-case-usage", "x-business-use-case")  # documented as both
USAGE_HEADERS = frozenset((*APP_HEADERS, *BUSINESS_HEADERS))
DAY_MINUTES = 24 * 60
PACKED = {"gzip": zlib.MAX_WBITS + 16, "x-gzip": zlib.MAX_WBITS + 16, "deflate": zlib.MAX_WBITS}
LARGEST_UNPACKED = 4_000_000  # bytes, as of a reply that is not packed
CODE_DIGITS = 10  # of the longest code; anything longer is no code
JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # made once for all messages


@dataclass(frozen=True, slots=True)
class GraphError:
    """The `error` object of a reply."""

    code: int
    subcode: int | None
    message: str
    remaining_seconds: float | None = None


def post(access: ChannelAccess, path: str, payload: Mapping[str, object]) -> Request:
    """A call with a JSON body. `path` is what `path_of` makes: `123/messages`."""
    return post_body(access, path, encoded(payload))


def post_body(access: ChannelAccess, path: str, body: bytes) -> Request:
    """The same, with the JSON made already."""
    url, headers = _post_to(access, path)
    return Request("POST", url, headers, body)


def get(access: ChannelAccess, path: str, **params: str) -> Request:
    return Request(
        "GET", address(access, path, params), _bearer(access), timeout_ms=CHECK_TIMEOUT_MS
    )


@lru_cache(maxsize=256)
def _post_to(access: ChannelAccess, path: str) -> tuple[str, Mapping[str, str]]:
    headers = {**_bearer(access), "Content-Type": "application/json"}
    return address(access, path), headers


@lru_cache(maxsize=256)
def path_of(*parts: str) -> str:
    """A path after the version. Keys from outside stay within their part."""
    return "/".join(quote(part, safe="") for part in parts)


def address(access: ChannelAccess, path: str, params: Mapping[str, str] | None = None) -> str:
    """The URL of a call. It never holds the token; the proof is worth nothing without it."""
    query = dict(params or {})
    if access.app_secret:
        query["appsecret_proof"] = proof(access.token, access.app_secret)
    base = f"{access.graph_url.rstrip('/')}/{access.version}/{path}"
    return f"{base}?{urlencode(query)}" if query else base


@lru_cache(maxsize=256)
def proof(token: str, app_secret: str) -> str:
    """`appsecret_proof`: HMAC-SHA256 of the token under the app's secret, in hex."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def encoded(payload: Mapping[str, object]) -> bytes:
    return JSON.encode(payload).encode("utf-8", "replace")


def body_of(reply: Reply) -> Mapping[str, object] | None:
    """The JSON object in a reply, or None for anything else."""
    read = json_of(reply)
    return read if isinstance(read, dict) else None


def json_of(reply: Reply) -> object:
    """The JSON value in a reply, None for anything else."""
    packed = PACKED.get(reply.headers.get("content-encoding", "").lower())
    return _value(reply.body if packed is None else _unpacked(reply.body, packed))


def _unpacked(body: bytes, packed: int) -> bytes:
    """Whoever asks for no coding may be given any, so that what stands in between may pack."""
    try:
        return zlib.decompressobj(packed).decompress(body, LARGEST_UNPACKED)
    except zlib.error:
        return b""


@lru_cache(maxsize=1)  # a reply is asked whether it took the message, and whether it is an error
def _value(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def error_of(reply: Reply) -> GraphError | None:
    """The Graph's own error in a reply, or None: a proxy's page is not the Graph's word."""
    error = (body_of(reply) or {}).get("error")
    if not isinstance(error, dict):
        return None
    code = _number(error.get("code"))
    if code is None:
        return None
    message = values.text(error.get("message")) or values.text(error.get("error_user_msg"))
    subcode = _number(error.get("error_subcode"))
    return GraphError(code, subcode, message or "", _remaining(error.get("error_data")))


def usage(reply: Reply) -> Usage | None:
    """The highest share of any limit the reply names, and the longest wait; None without any.

    Whoever must wait to regain access has used all of it.
    """
    if USAGE_HEADERS.isdisjoint(reply.headers):
        return None
    entries = list(_usages(reply))
    shares = [share for entry in entries for share in _shares(entry)]
    waits = [_minutes(entry.get("estimated_time_to_regain_access")) for entry in entries]
    regain = max((wait for wait in waits if wait), default=None)
    if regain is not None and not shares:
        return Usage(100.0, regain)
    return Usage(max(shares), regain) if shares else None


def asked_wait(reply: Reply, error: GraphError | None) -> float | None:
    """How many seconds the platform asks us to wait; the longest of what it says, or None."""
    found = usage(reply)
    waits = (
        _retry_after(reply.headers),
        found.regain_minutes * 60.0 if found and found.regain_minutes else None,
        error.remaining_seconds if error else None,
    )
    return max((wait for wait in waits if wait), default=None)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or a moment (RFC 9110), counted from the reply's own time: our clock may differ."""
    told = headers.get("retry-after", "")
    until, said_at = _http_time(told), _http_time(headers.get("date", ""))
    if until is None or said_at is None:
        return _seconds(told)
    return max(0.0, (until - said_at).total_seconds())


def _http_time(written: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bearer(access: ChannelAccess) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.token}"}


def _usages(reply: Reply) -> Iterator[Mapping[str, object]]:
    for name in APP_HEADERS:
        value = _json(reply.headers.get(name))
        if isinstance(value, dict):
            yield value
    for name in BUSINESS_HEADERS:
        value = _json(reply.headers.get(name))
        lists = value.values() if isinstance(value, dict) else ()
        for entries in lists:
            yield from filter(_is_object, entries if isinstance(entries, list) else ())


def _shares(entry: Mapping[str, object]) -> list[float]:
    values = (_seconds(entry.get(name)) for name in SHARES)
    return [value for value in values if value is not None]


def _json(text: str | None) -> object:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _number(value: object) -> int | None:
    """A whole number, also when written as text or with a fraction of nothing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    written = str(value) if not isinstance(value, int) or abs(value) < 10**CODE_DIGITS else ""
    short = written.isascii() and written.isdigit() and len(written) <= CODE_DIGITS
    return int(written) if short else None


def _seconds(value: object) -> float | None:
    """A finite number that is not negative, also when written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _minutes(value: object) -> int | None:
    number = _seconds(value)
    return None if number is None else math.ceil(min(number, DAY_MINUTES))


def _remaining(data: object) -> float | None:
    """Of paid messages, since 2026-03-16; `error_data` is an object or its JSON text."""
    found = _json(data) if isinstance(data, str) else data
    return _seconds(found.get("remaining_seconds")) if isinstance(found, dict) else None

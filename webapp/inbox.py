"""The webhook door: `/webhooks/meta/{app}`, a plain WSGI callable in front of Flask.

It stands outside Flask because every acknowledged event costs only a signature, a queue and a share
of a commit here; inside, routing and sessions would cost three times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from webapp.house import House
from webapp.services.receiving import MOST_BYTES, AppKeys, Keeper, Keyring

PREFIX = "/webhooks/meta/"
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]


def door(house: House, inside: Wsgi) -> Wsgi:
    """Answers webhooks itself and hands everything else to `inside`, also what lies below one."""
    keyring, keeper = Keyring(house.db, house.vault), Keeper(house.db)

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        slug = path.removeprefix(PREFIX).strip("/")
        if not path.startswith(PREFIX) or "/" in slug:
            return inside(environ, start_response)
        keys = keyring.get(slug)
        status, text = _answer(environ, keys, keeper, house)
        start_response(status, [("Content-Type", "text/plain; charset=utf-8"),
                                ("Content-Length", str(len(text)))])  # fmt: skip
        return [text]

    return answer


def _answer(
    environ: Environ, keys: AppKeys | None, keeper: Keeper, house: House
) -> tuple[str, bytes]:
    if keys is None:
        return "404 Not Found", b"No app is connected under this address."
    if environ["REQUEST_METHOD"] == "GET":
        return _verify(environ, keys)
    if environ["REQUEST_METHOD"] != "POST":
        return "405 Method Not Allowed", b"GET verifies, POST brings events."
    return _receive(environ, keys, keeper, house)


def _verify(environ: Environ, keys: AppKeys) -> tuple[str, bytes]:
    """The platform's handshake: the challenge comes back to whoever knows the verify token."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    mode, token, challenge = (query.get(f"hub.{n}", [""])[0] for n in
                              ("mode", "verify_token", "challenge"))  # fmt: skip
    if mode != "subscribe" or not keys.may_subscribe(token):
        return "403 Forbidden", b"The verify token is another one."
    return "200 OK", challenge.encode()


def _receive(environ: Environ, keys: AppKeys, keeper: Keeper, house: House) -> tuple[str, bytes]:
    body = _body(environ)
    if body is None:
        return "413 Content Too Large", b"A post is at most 4 MB."
    if not keys.signed(body, environ.get("HTTP_X_HUB_SIGNATURE_256")):
        return "403 Forbidden", b"The signature does not fit the bytes and this app's secret."
    if not keeper.keep(keys.app_id, body, house.clock.now()):
        return "503 Service Unavailable", b"Not kept. Send it again."
    return "200 OK", b"EVENT_RECEIVED"


def _body(environ: Environ) -> bytes | None:
    """The raw bytes, never more than the limit; None when there are more."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > MOST_BYTES:
        return None
    read: bytes = environ["wsgi.input"].read(length)
    return read

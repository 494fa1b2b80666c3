"""The only reader and writer of `HX-` headers.

A view renders its page, or the named block of it when htmx asked for a part:
`return htmx.render("segments/index.html", block="results", segments=found)`.
"""

from __future__ import annotations

import json
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Response, make_response, render_template, request
from flask import redirect as redirect_plainly
from htmx_flask import Htmx
from htmx_flask.requests import HtmxHeaders  # type: ignore[import-untyped]
from jinja2_fragments.flask import render_block

UNPROCESSABLE = 422


def install(app: Flask) -> None:
    Htmx(app)
    app.after_request(_vary)


def is_fragment() -> bool:
    """Whether htmx asked for a part of the page: not a plain visit, nor history coming back."""
    if not _asked() or _asked().history_restore_request:
        return False
    return request.headers.get("HX-Request-Type") != "full"


def target() -> str | None:
    """The id of the element that will be swapped, for views that answer with several blocks."""
    return _id_of(_asked().target)


def source() -> str | None:
    """The id of the element that asked."""
    return _id_of(request.headers.get("HX-Source"))


def shown() -> str | None:
    """The address of the page htmx asked from, without its host."""
    return local(_asked().current_url) if _asked() else None


def local(url: str | None) -> str | None:
    """The path and query of an address of this host; None of any other."""
    parts = urlsplit(url or "")
    if parts.netloc != request.host or not parts.path.startswith("/"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def render(
    template: str, block: str | None = None, *, status: int = 200, **context: object
) -> Response:
    """The whole page, or its named block when htmx asked for a part."""
    if block is not None and is_fragment():
        body = render_block(template, block, **context)
    else:
        body = render_template(template, **context)
    return make_response(body, status)


def invalid(template: str, block: str | None = None, **context: object) -> Response:
    """A form that cannot be used, shown again with its errors: 422, swapped in by htmx 4."""
    return render(template, block, status=UNPROCESSABLE, **context)


def redirect(url: str) -> Response:
    """Leads the browser to another page after a POST, with or without htmx."""
    if not _asked():
        return cast("Response", redirect_plainly(url, 303))
    response = make_response("", 204)
    response.headers["HX-Redirect"] = url
    return response


def leads_away(response: Response) -> bool:
    return response.status_code in range(300, 400) or "HX-Redirect" in response.headers


def retarget(response: Response, selector: str, swap: str = "innerHTML") -> Response:
    """Swaps the answer elsewhere than the asking element said."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = swap
    return response


def trigger(response: Response, event: str, detail: object = None) -> Response:
    """Fires `event` in the browser; `hx-trigger="event from:body"` listens to it."""
    events = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**events, event: detail or {}})
    return response


def replace_url(response: Response, url: str) -> Response:
    """Shows `url` in the address bar, so that back, reload and a shared link are true."""
    response.headers["HX-Replace-Url"] = url
    return response


def _asked() -> HtmxHeaders:
    return cast("HtmxHeaders", request.htmx)  # type: ignore[attr-defined]


def _id_of(element: str | None) -> str | None:
    """htmx 4 names an element `tag#id`."""
    return element.partition("#")[2] or None if element else None


def _vary(response: Response) -> Response:
    response.vary.add("HX-Request")
    return response

"""From the error catalogue to a page, or to a notice when htmx asked for a part.

A fragment that failed must not land where the good one would: it goes to `#notices`.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, current_app, make_response, request
from jinja2 import TemplateNotFound
from werkzeug.exceptions import HTTPException

from webapp.domain.errors import Conflict, FanlightError, Forbidden, Invalid, NotFound, Refused
from webapp.domain.wording import Sentence, say
from webapp.views import htmx, language

STATUSES: Mapping[type[FanlightError], int] = {
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Refused: 409,
    Invalid: 422,
}
SENTENCES: Mapping[int, Sentence] = {
    400: say("This request could not be read. Reload the page and try again."),
    403: say("Your role in this brand does not allow this. An admin can change your role."),
    404: say("There is nothing at this address, or it belongs to another brand."),
    405: say("This address does not answer this kind of request."),
    429: say("Too many tries. Wait a minute, then try again."),
}
TOO_LARGE, MEGABYTE = 413, 1024 * 1024
OTHERWISE = say("Something went wrong here. It has been recorded; nothing was sent because of it.")


def install(app: Flask) -> None:
    app.register_error_handler(FanlightError, refused)
    app.register_error_handler(HTTPException, answered)
    app.register_error_handler(500, broken)


def refused(error: FanlightError) -> Response:
    status = next(code for kind, code in STATUSES.items() if isinstance(error, kind))
    return _show(status, error.sentence)


def answered(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    return _show(status, _too_large() if status == TOO_LARGE else SENTENCES.get(status, OTHERWISE))


def broken(_: Exception) -> Response:
    """Rendered without asking anybody who is signed in: that may be what broke."""
    language.ask_nobody()
    if htmx.is_fragment():
        return _show(500, OTHERWISE)
    page = current_app.jinja_env.get_template("errors/500.html")
    return make_response(page.render(status=500, sentence=OTHERWISE), 500)


def _too_large() -> Sentence:
    """With the way out, where it was a file to import that may not be so large."""
    most = (request.max_content_length or 0) // MEGABYTE
    if not most:
        return say("This request is too large.")
    return say(
        "This file is larger than %(most)s MB, the most that can be uploaded. Divide it, or import "
        "it on the server: fanlight import FILE.",
        most=most,
    )


def _show(status: int, sentence: Sentence) -> Response:
    if htmx.is_fragment():
        notice = current_app.jinja_env.get_template("errors/_notice.html")
        response = make_response(notice.render(sentence=sentence), status)
        return htmx.retarget(response, "#notices")
    return htmx.render(_page(status), status=status, sentence=sentence)


def _page(status: int) -> str:
    try:
        return current_app.jinja_env.get_template(f"errors/{status}.html").name or ""
    except TemplateNotFound:
        return "errors/any.html"

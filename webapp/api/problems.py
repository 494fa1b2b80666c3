"""What went wrong, as `application/problem+json` (RFC 9457), for every failure below /api."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence

from flask import Response
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, UnsupportedMediaType
from werkzeug.http import HTTP_STATUS_CODES

from webapp.domain.errors import (
    Conflict,
    FanlightError,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Stale,
)
from webapp.domain.wording import Sentence, say

log = logging.getLogger("webapp.api")
MEDIA = "application/problem+json"
UNAUTHORIZED = 401


class Unknown(Invalid):
    """Input that names what does not exist here at all: 400."""


STATUSES: Mapping[type[FanlightError], int] = {
    Unknown: 400,
    Forbidden: 403,
    NotFound: 404,
    Stale: 412,
    Conflict: 409,
    Refused: 409,
    Invalid: 422,
}
SENTENCES: Mapping[int, Sentence] = {
    400: say("This request could not be read."),
    404: say("There is nothing at this address, or it belongs to another brand."),
    405: say("This address does not answer this method."),
    413: say("This request is too large."),
}
OTHERWISE = say("Something went wrong here. It has been recorded.")
BUSY = say("The database is busy. Try again in a moment.")
TAKEN = say("Somebody made the same thing at this moment. Read it, then try again if needed.")


class Unreadable(Exception):
    """A request that is not even wrong: 400, with what to change."""

    def __init__(self, sentence: Sentence, field: str | None = None) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
        self.field = field


class Unauthorized(Exception):
    """Nobody is known by this token: 401."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def of(error: Exception) -> Response:
    """The problem an error is. One that is nobody's mistake but ours is logged and is 500."""
    if isinstance(error, FanlightError):
        return _refused(error)
    if isinstance(error, Unreadable):
        named = {error.field: [error.sentence]} if error.field else None
        return problem(400, error.sentence, named)
    if isinstance(error, Unauthorized):
        response = problem(UNAUTHORIZED, error.sentence)
        response.headers["WWW-Authenticate"] = 'Bearer realm="fanlight"'
        return response
    if isinstance(error, HTTPException):
        return _answered(error)
    return _broken(error)


def problem(
    status: int, sentence: Sentence, errors: Mapping[str, Sequence[Sentence]] | None = None
) -> Response:
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(status, "Error"),
        "status": status,
        "detail": str(sentence),
    }
    if errors is not None:
        body["errors"] = {name: [str(each) for each in found] for name, found in errors.items()}
    return Response(json.dumps(body), status, content_type=MEDIA)


def _refused(error: FanlightError) -> Response:
    status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 409)
    return problem(status, error.sentence, error.errors if isinstance(error, Invalid) else None)


def _answered(error: HTTPException) -> Response:
    status = error.code if error.code and error.code >= 400 else 404  # noqa: PLR2004 - no redirects
    response = problem(status, _words(error, status))
    for name, value in _headers(error):
        response.headers[name] = value
    return response


def _words(error: HTTPException, status: int) -> Sentence:
    if isinstance(error, UnsupportedMediaType):
        return say("Send this with the header Content-Type: %(type)s.", type=error.description)
    return SENTENCES.get(status, OTHERWISE)


def _headers(error: HTTPException) -> Iterator[tuple[str, str]]:
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        yield "Allow", ", ".join(sorted(error.valid_methods))


def _broken(error: Exception) -> Response:
    if isinstance(error, IntegrityError):
        return problem(409, TAKEN)
    if isinstance(error, OperationalError):
        log.warning("the database did not answer: %s", error)
        return problem(503, BUSY)
    log.error("the API failed", exc_info=error)
    return problem(500, OTHERWISE)

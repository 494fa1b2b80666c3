"""One request from its arrival to its answer: recognise, read, repeat or do, write."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from pydantic import BaseModel
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from webapp.api import bodies, calls, problems
from webapp.api.calls import Call
from webapp.api.routes import JSON, NDJSON, Operation
from webapp.api.schemas.base import Nothing, Query
from webapp.domain.wording import say
from webapp.forms import numbers
from webapp.services.repeating import FIELD, Kept, Once

NO_CONTENT = 204
BROKEN = 500
IN_MEMORY = 1024 * 1024  # bytes of a bulk body kept in memory; more goes to a temporary file
PIECE = 64 * 1024
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
BAD_KEY = say("Give 1 to 200 visible ASCII characters.")
NO_LINES = say("Send lines of JSON, with the header Content-Type: application/x-ndjson.")


def answer(operation: Operation, path: Mapping[str, int]) -> Response:
    """Never raises: what goes wrong is a problem document."""
    call = calls.begin()
    try:
        return _answered(operation, call, path)
    except Exception as error:  # noqa: BLE001 - every failure below /api is a problem document
        return problems.of(error)
    finally:
        call.close()
        if call.upload is not None:
            call.upload.close()


def _answered(operation: Operation, call: Call, path: Mapping[str, int]) -> Response:
    if not operation.public:
        call.sign_in(brand=operation.brand)
        if operation.permission is not None:
            call.actor.require(operation.permission)
    if any(value > numbers.most(name) for name, value in path.items()):
        raise NotFound
    given, digest = _given(operation, call, path)
    key = request.headers.get(FIELD) if operation.method == "POST" else None
    if key is None:
        return _done(operation, call, given)
    return _once(operation, call, given, _checked(key), digest)


def _given(operation: Operation, call: Call, path: Mapping[str, int]) -> tuple[dict[str, Any], str]:
    """The view's arguments, and the digest of the body."""
    given: dict[str, Any] = dict(path)
    query = bodies.read(operation.query or Query, bodies.query(request))
    if operation.query is not None:
        given["query"] = query
    if operation.takes == NDJSON:
        return given, _spooled(call)
    if operation.method in ("POST", "PUT", "PATCH"):
        optional = operation.body is None or operation.optional_body
        found = bodies.json_object(request, needed=not optional)
        body = bodies.read(operation.body or Nothing, found)
        if operation.body is not None:
            given["body"] = body
    return given, hashlib.sha256(request.get_data()).hexdigest()


def _spooled(call: Call) -> str:
    """Copy the body out of the connection, so that it is read once and can be hashed."""
    if request.mimetype not in (NDJSON, "application/jsonl", "application/ndjson"):
        raise UnsupportedMediaType(NDJSON)
    digest = hashlib.sha256()
    call.upload = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with the call
    while piece := request.stream.read(PIECE):
        digest.update(piece)
        call.upload.write(piece)
    call.upload.seek(0)
    return digest.hexdigest()


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise problems.Unreadable(BAD_KEY, FIELD)
    return key


def _once(
    operation: Operation, call: Call, given: Mapping[str, Any], key: str, digest: str
) -> Response:
    brand = call.brand_or_none.id if call.brand_or_none else None
    asked = json.dumps([operation.method, request.full_path, brand, digest])
    hashed = hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()
    once = Once(call.house.db, call.house.vault, call.token_id, key, hashed)
    known = once.begin(call.now)
    if known is not None:
        response = Response(known.body, known.status, content_type=known.content_type)
        response.headers["Idempotent-Replayed"] = "true"
        return response
    response = _tried(operation, call, given)
    call.close()  # its transaction is over before the answer is kept in another one
    if response.status_code >= BROKEN:
        once.release()
    else:
        once.keep(Kept(response.status_code, response.get_data(), response.content_type or JSON))
    return response


def _tried(operation: Operation, call: Call, given: Mapping[str, Any]) -> Response:
    try:
        return _done(operation, call, given)
    except Exception as error:  # noqa: BLE001 - as above
        return problems.of(error)


def _done(operation: Operation, call: Call, given: Mapping[str, Any]) -> Response:
    found = operation.view(call, **given)
    if isinstance(found, Response):
        return found
    status = operation.status
    if isinstance(found, tuple):
        found, status = found
    if found is None:
        return Response(status=NO_CONTENT)
    response = written(found, status)
    if operation.stamped:
        response.set_etag(found.etag)
    return response


def written(found: BaseModel, status: int = 200) -> Response:
    return Response(found.model_dump_json(by_alias=True), status, content_type=JSON)

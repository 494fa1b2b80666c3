"""The OpenAPI 3.1 document, written from the same table that is served."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from webapp.api.calls import HEADER, MATCH, Call
from webapp.api.problems import MEDIA
from webapp.api.routes import JSON, NDJSON, Operation, Table
from webapp.services.repeating import FIELD

table = Table("openapi")
PREFIX = "/api/v1"
REF = "#/components/schemas/{model}"
MOUNTED: list[Operation] = []
Json = dict[str, Any]


@table.get("/openapi.json", None, brand=False, public=True)
def document(_call: Call) -> Response:
    """This document."""
    return Response(_written(), content_type=JSON)


def mount(operations: Iterable[Operation]) -> None:
    """Say what is served, once, when it is put together."""
    MOUNTED.extend(operations)


@functools.cache
def _written() -> str:
    return json.dumps(described(MOUNTED))


def described(operations: list[Operation]) -> Json:
    """The document for these operations."""
    schemas, references = _schemas(operations)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fanlight",
            "version": "1",
            "description": "Broadcasts inside the platforms' messaging windows. Errors are "
            "problem+json (RFC 9457); lists go on with `cursor`; times carry an offset; every "
            f"POST may carry `{FIELD}`, and a repeat within 24 hours gets the first answer.",
        },
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": _paths(operations, references),
        "components": {
            "schemas": {**schemas, "Problem": PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
Model = type[BaseModel]
References = dict[Model, Json]


def _schemas(operations: list[Operation]) -> tuple[Json, References]:
    answers = {it.answers for it in operations if it.answers is not None}
    bodies = {it.body for it in operations if it.body is not None}
    ordered = sorted(answers | bodies, key=lambda model: model.__name__)
    inputs = [(model, "validation" if model in bodies else "serialization") for model in ordered]
    found, definitions = models_json_schema(inputs, ref_template=REF)  # type: ignore[arg-type]
    references = {model: schema for (model, _), schema in found.items()}
    return definitions["$defs"], references  # type: ignore[return-value]


def _paths(operations: list[Operation], references: References) -> Json:
    paths: Json = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _one(operation, references)
    return paths


def _one(operation: Operation, references: References) -> Json:
    summary, _, more = (operation.view.__doc__ or operation.name).partition("\n\n")
    needs = f"Needs the permission `{operation.permission}`." if operation.permission else ""
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": " ".join(summary.split()),
        "description": " ".join((*more.split(), needs)).strip(),
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation, references),
    }
    if operation.public:
        described["security"] = []
    if operation.takes == NDJSON:
        person = {"type": "string", "description": "One subscriber a line, as PUT /subscribers."}
        described["requestBody"] = {"required": True, "content": {NDJSON: {"schema": person}}}
    elif operation.body is not None:
        described["requestBody"] = {
            "required": not operation.optional_body,
            "content": {JSON: {"schema": references[operation.body]}},
        }
    return described


def _parameters(operation: Operation) -> Iterator[Json]:
    whole = {"type": "integer", "minimum": 0}
    for name in operation.parameters:
        yield {"name": name, "in": "path", "required": True, "schema": whole}
    if operation.query is not None:
        yield from _query(operation)
    text = {"type": "string"}
    if operation.brand:
        yield {"name": "brand", "in": "query", "schema": text, "description": "Id or address."}
        yield {"name": HEADER, "in": "header", "schema": text, "description": "The same."}
    if operation.stamped and operation.method != "GET" and operation.parameters:
        said = "The ETag of what is to be changed: 412 if it is another by now. May be left out."
        yield {"name": MATCH, "in": "header", "schema": text, "description": said}
    if operation.method == "POST":
        yield {"name": FIELD, "in": "header", "schema": {**text, "maxLength": 200}}


def _query(operation: Operation) -> Iterator[Json]:
    schema = operation.query.model_json_schema() if operation.query else {}
    for name, field in schema.get("properties", {}).items():
        needed = name in schema.get("required", ())
        yield {"name": name, "in": "query", "required": needed, "schema": field}


def _responses(operation: Operation, references: References) -> Json:
    problem = {"content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    good: Json = {"description": "Done."}
    if operation.answers is not None:
        good["content"] = {JSON: {"schema": references[operation.answers]}}
    if operation.stamped and operation.answers is not None:
        good["headers"] = {"ETag": {"schema": {"type": "string"}}}
    for media in operation.also:
        good.setdefault("content", {})[media] = {"schema": {"type": "string"}}
    found: Json = {"default": {"description": "A problem: see `errors` by field.", **problem}}
    status = operation.status if "content" in good or operation.public else 204
    found[str(status)] = good
    if operation.method == "PUT":
        found["201"] = {**good, "description": "Made."}
    return found

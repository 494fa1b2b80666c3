"""`/api/v1` on Flask: every operation of every table, and problems for what no table knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

from flask import Blueprint, Response, request

from webapp.api import (
    answering,
    audits,
    brands,
    broadcast_life,
    broadcasts,
    campaigns,
    channels,
    deliveries,
    engagement,
    imports,
    occurrences,
    openapi,
    people,
    people_bulk,
    people_facts,
    people_lists,
    plans,
    problems,
    rules,
    segments,
    system,
    templates,
    tokens,
    topics,
)
from webapp.api.routes import Operation

PREFIX = "/api/v1"
RESOURCES: tuple[ModuleType, ...] = (
    brands,
    channels,
    templates,
    topics,
    people,
    people_bulk,
    people_lists,
    people_facts,
    segments,
    broadcasts,
    broadcast_life,
    occurrences,
    deliveries,
    campaigns,
    plans,
    engagement,
    imports,
    rules,
    tokens,
    audits,
    system,
    openapi,
)
"""Every resource: a module with a `table`. A new one is a line here."""

blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


def operations() -> Iterator[Operation]:
    for module in RESOURCES:
        yield from module.table.operations


def _view(operation: Operation) -> Callable[..., Response]:
    def view(**path: int) -> Response:
        return answering.answer(operation, path)

    view.access_rule = operation.access  # type: ignore[attr-defined]
    return view


@blueprint.before_app_request
def _routed() -> Response | None:
    """Unknown addresses and methods below /api have no endpoint; Flask would answer in HTML."""
    if request.routing_exception is not None and request.path.startswith("/api/"):
        return problems.of(request.routing_exception)
    return None


@blueprint.errorhandler(Exception)
def _failed(error: Exception) -> Response:
    return problems.of(error)


openapi.mount(operations())
for _operation in operations():
    blueprint.add_url_rule(
        _operation.rule,
        endpoint=_operation.name,
        view_func=_view(_operation),
        methods=[_operation.method],
    )

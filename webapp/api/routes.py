"""The table of the API: what each address takes, answers and asks of its caller.

A resource module declares its lines with a `Table`; the blueprint mounts them and the OpenAPI
document is written from them, so neither can say something else than the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from webapp.api.schemas.base import Body, Query
from webapp.domain.permission import Rule

View = TypeVar("View", bound=Callable[..., Any])
NDJSON: Final = "application/x-ndjson"
JSON: Final = "application/json"
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Operation:
    """One method at one address. `permission` None: whoever has a token; `public`: anybody."""

    method: str
    path: str  # "/broadcasts/{broadcast_id}": every parameter is a whole number
    view: Callable[..., Any]
    tag: str
    permission: str | None = None
    answers: type[BaseModel] | None = None
    status: int = 200
    query: type[Query] | None = None
    body: type[Body] | None = None
    takes: str = JSON
    also: tuple[str, ...] = ()  # further media types of the answer
    brand: bool = True
    public: bool = False
    optional_body: bool = False
    stamped: bool = False  # the answer's `etag` is its ETag; whoever changes it may send If-Match

    @property
    def name(self) -> str:
        """`broadcasts_create`: also the operationId, so it stays when code moves."""
        return f"{self.tag}_{self.view.__name__.strip('_')}"

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.path)

    @property
    def rule(self) -> str:
        """The address as Flask writes it."""
        return _PARAMETER.sub(r"<int:\1>", self.path)

    @property
    def access(self) -> Rule:
        return Rule("public") if self.public else Rule("token", self.permission)


@dataclass(frozen=True)
class Table:
    """The operations of one resource, in the order they are written."""

    tag: str
    operations: list[Operation] = field(default_factory=list)

    def get(self, path: str, permission: str | None, **more: Any) -> Callable[[View], View]:
        return self._line("GET", path, permission, more)

    def post(self, path: str, permission: str | None, **more: Any) -> Callable[[View], View]:
        return self._line("POST", path, permission, more)

    def put(self, path: str, permission: str | None, **more: Any) -> Callable[[View], View]:
        return self._line("PUT", path, permission, more)

    def patch(self, path: str, permission: str | None, **more: Any) -> Callable[[View], View]:
        return self._line("PATCH", path, permission, more)

    def delete(self, path: str, permission: str | None, **more: Any) -> Callable[[View], View]:
        return self._line("DELETE", path, permission, more)

    def _line(
        self, method: str, path: str, permission: str | None, more: dict[str, Any]
    ) -> Callable[[View], View]:
        def keep(view: View) -> View:
            made = Operation(method, path, view, self.tag, permission, **more)
            self.operations.append(made)
            return view

        return keep

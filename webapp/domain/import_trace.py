"""What an import did to one person, kept so that it can be undone.

Undoing gives back what was there before, where nobody has changed it since: a column, an attribute
or the open window is judged by itself. Tags that the import put on come off. Acts of consent are
the ledger's and are taken back there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.domain import import_row
from webapp.domain.subscriber import AttributeValue

_INBOUND = ("last_inbound_at", "window_opener", "window_opened_at", "window_ends_at")
Kept = Mapping[str, tuple[Any, Any]]  # name -> before, after; None where there was nothing


@dataclass(frozen=True)
class Trace:
    """`tags` are names; `acts` ids of the ledger of consent."""

    columns: Kept = field(default_factory=dict)
    attributes: Kept = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    acts: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.columns or self.attributes or self.tags or self.acts)

    def then(self, later: Trace) -> Trace:
        """Both, when one import meets a person twice."""
        return Trace(
            _then(self.columns, later.columns),
            _then(self.attributes, later.attributes),
            tuple(dict.fromkeys((*self.tags, *later.tags))),
            (*self.acts, *later.acts),
        )

    def to_json(self) -> dict[str, object]:
        return {
            "columns": _told(self.columns),
            "attributes": _told(self.attributes),
            "tags": list(self.tags),
            "acts": list(self.acts),
        }

    @classmethod
    def from_json(cls, obj: Mapping[str, Any] | None) -> Trace:
        given = obj or {}
        return cls(
            _heard(given.get("columns", {})),
            _heard(given.get("attributes", {})),
            tuple(given.get("tags", ())),
            tuple(given.get("acts", ())),
        )


def of_acts(acts: Sequence[int]) -> str:
    """The JSON text of a trace with nothing but these acts: a file may bring a million of them."""
    return f"{_NOTHING_YET}{', '.join(map(str, acts))}]}}"


def columns_back(trace: Trace, present: Mapping[str, Any]) -> dict[str, Any]:
    """The columns to set again. A message since then, or another window, keeps all of both."""
    back = _back(trace.columns, present)
    whole = all(name in back for name in _INBOUND if name in trace.columns)
    return {name: value for name, value in back.items() if whole or name not in _INBOUND}


def attributes_back(
    trace: Trace, present: Mapping[str, AttributeValue]
) -> dict[str, AttributeValue | None]:
    """The attributes to set again; None for one that was not there."""
    return _back(trace.attributes, present)


def _back(kept: Kept, present: Mapping[str, Any]) -> dict[str, Any]:
    return {name: before for name, (before, after) in kept.items() if present.get(name) == after}


def _then(first: Kept, later: Kept) -> Kept:
    joined = {name: (first[name][0], later[name][1]) for name in first.keys() & later.keys()}
    return {**first, **later, **joined}


def _told(kept: Kept) -> dict[str, object]:
    return {name: [import_row.plain(value) for value in pair] for name, pair in kept.items()}


def _heard(told: Mapping[str, list[object]]) -> Kept:
    return {
        name: (import_row.typed(pair[0]), import_row.typed(pair[1])) for name, pair in told.items()
    }


_NOTHING_YET = json.dumps(Trace().to_json()).removesuffix("]}")

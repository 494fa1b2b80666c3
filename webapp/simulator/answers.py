"""What goes back to the caller, and what becomes of it on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Json = dict[str, Any]
written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
escaped = json.JSONEncoder(separators=(",", ":")).encode  # as webhooks are written


class Ending(Enum):
    ANSWER = "answer"
    HOLD = "hold"  # the connection stays open and silent
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Fate:
    """What the caller lives through: `delay` seconds, then an answer, silence or a reset."""

    delay: float = 0.0
    ending: Ending = Ending.ANSWER


PLAIN = Fate()


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is a JSON value, or bytes to be sent as they are.

    `psid`, `mid`, `key` and `note` are for the journal: whom it reached and under which id.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fate: Fate = PLAIN
    psid: str | None = None
    mid: str | None = None
    key: str | None = None
    note: str | None = None
    passes: Callable[[str], None] | None = None  # told of each point: see `killing`

    def at(self, point: str) -> None:
        if self.passes is not None:
            self.passes(point)

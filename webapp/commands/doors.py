"""What the command line is given by the composition root, since it may not import it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from webapp.house import House

Line = tuple[str, str, str]  # methods, address, who may


@dataclass(frozen=True)
class Doors:
    """`serve` runs the web until it is stopped; `server` listens and is run by its owner."""

    serve: Callable[[House, str, int], None]
    server: Callable[[House, str, int], Any]
    routes: Callable[[House], Iterable[Line]]

"""The sets of the audience index that this process has at hand: those used last.

One memory for each engine. Nothing in it is ever changed in place, so any number of threads may
read the same set.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from weakref import WeakKeyDictionary

from sqlalchemy.pool import Pool
from sqlmodel import Session

from webapp.store.audience_parts import Part

REMEMBERED = 64_000_000  # bytes, as roaring bitmaps are written down
Key = tuple[int, str]  # brand, name of what holds for the people


class Memory:
    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit, self._bytes = limit, 0
        self._parts: OrderedDict[Key, tuple[Part, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Part | None:
        with self._lock:
            found = self._parts.get(key)
            if found is None:
                return None
            self._parts.move_to_end(key)
            return found[0]

    def put(self, key: Key, part: Part) -> None:
        size = len(part.people.serialize())
        size += len(part.ladder.serialize()) if part.ladder else 0
        with self._lock:
            self._drop(key)
            self._parts[key] = part, size
            self._bytes += size
            while self._bytes > self._limit and len(self._parts) > 1:
                self._drop(next(iter(self._parts)))

    def drop(self, key: Key) -> None:
        with self._lock:
            self._drop(key)

    def forget(self) -> None:
        with self._lock:
            self._parts.clear()
            self._bytes = 0

    def _drop(self, key: Key) -> None:
        found = self._parts.pop(key, None)
        self._bytes -= found[1] if found else 0


_MEMORIES: WeakKeyDictionary[Pool, Memory] = WeakKeyDictionary()


def of(session: Session) -> Memory:
    bound = session.get_bind()
    pool: Pool = bound.engine.pool
    return _MEMORIES.setdefault(pool, Memory())

"""Pictures kept by the hash of what they show: the same numbers are drawn once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

LARGEST = 256  # pictures; about 30 KB each


def digest(*parts: object) -> str:
    """Of plain values whose `repr` tells them apart, such as frozen dataclasses of them."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


class Shelf:
    """Least recently used goes first. Two threads may draw the same picture at once: no harm."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, draw: Callable[[], bytes]) -> bytes:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = draw()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._largest:
                self._kept.popitem(last=False)
        return made

    def __len__(self) -> int:
        return len(self._kept)


PICTURES = Shelf()

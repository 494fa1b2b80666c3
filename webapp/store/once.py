"""What is read once a session, however often it is asked for: a transaction of the inbox or of the
sender asks hundreds of times, and takes a new session for the next."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from sqlmodel import Session

Found = TypeVar("Found")
KNOWN = "fanlight_read_once"  # in `session.info`


def read(session: Session, key: Hashable, ask: Callable[[], Found]) -> Found:
    """What `ask` said the first time; `key` begins with a name of whoever asks."""
    known: dict[Hashable, Found] = session.info.setdefault(KNOWN, {})
    if key not in known:
        known[key] = ask()
    return known[key]

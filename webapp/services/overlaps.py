"""How many people two segments share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.domain.segment import Group, GroupKind, Node
from webapp.services import audiences


@dataclass(frozen=True)
class Overlap:
    """People in the one, in the other, and in both."""

    one: int
    other: int
    both: int


def of(
    session: Session, one: Node, other: Node, now: datetime, channel_id: int | None = None
) -> Overlap:
    """On one channel, or on all of the brand's; exact at this moment."""
    together = Group(GroupKind.ALL, (one, other))
    audience = audiences.Audience(session, now, channel_id)
    found = Overlap(*(audience.count(node) for node in (one, other, together)))
    audience.keep()
    return found

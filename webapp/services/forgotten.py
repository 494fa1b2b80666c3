"""Whoever was erased stays so, however late or often a platform tells of them.

What was decided, and holds for webhooks as for what is fetched after a downtime:

1. What a person does themselves *after* their erasure makes them known again, as anybody who
   writes for the first time: nothing of before comes back, and their tombstone stays, so files and
   older events are refused as ever. They came to the brand of their own will, and a STOP they say
   now has to be kept.
2. What they did before, or at a time the platform does not tell, is dropped: no person, no event.
3. What is said of messages we sent them (echoes, receipts, failures) settles the ledger, which
   keeps its counts; who it was and what was written is taken out first.
4. A platform's notice that an erased person has another id now is no act of theirs: the tombstone
   is set for the new id too.

The post it came in loses its bytes once it is applied, as when a person is erased.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from webapp.domain.event import Event as Told
from webapp.domain.event import EventKind
from webapp.models.channel import Channel
from webapp.services import meeting
from webapp.store import subscribers

Fingerprint = Callable[[str], str]
OF_OURS = frozenset(
    {
        EventKind.ECHO,
        EventKind.DELIVERY,
        EventKind.READ,
        EventKind.FAILED,
        EventKind.PAID_ECHO,
        EventKind.PAID_DELIVERY,
        EventKind.PAID_READ,
        EventKind.PAID_CLICK,
        EventKind.PAID_FAILED,
    }
)


def about(
    session: Session, channel: Channel, told: Told, fingerprint: Fingerprint, now: datetime
) -> bool:
    """Whether it tells of somebody erased, and is no act of theirs since. Until the caller's
    transaction ends nobody it names is erased by another one."""
    names = [key for key in (told.person_key, told.phone, *told.was) if key]
    if not names:
        return False
    subscribers.hold(session, channel.id or 0, names)
    hashes = {fingerprint(name) for name in names}
    erased_at = subscribers.erased_last(session, channel.id or 0, hashes)
    if erased_at is None:
        return False
    if told.kind is EventKind.IDENTITY:
        _bury_all(session, channel, names, fingerprint, now)
        return True
    if not told.at_known or told.at <= erased_at:
        return True
    met_again = subscribers.by_key(session, channel.id or 0, told.person_key or "") is not None
    return not met_again and told.kind not in meeting.FROM_THE_PERSON


def left_of(told: Told) -> Told | None:
    """What may still be applied of such an event; None: nothing."""
    if told.kind not in OF_OURS:
        return None
    return replace(told, person_key=None, phone=None, was=(), name=None, text=None, payload=None,
                   attachments=(), token=None, ref=None, user_ref=None)  # fmt: skip


def _bury_all(
    session: Session, channel: Channel, names: list[str], fingerprint: Fingerprint, now: datetime
) -> None:
    for name in names:
        found = fingerprint(name)
        if not subscribers.erased(session, channel.id or 0, [found]):
            subscribers.bury(session, channel.id or 0, found, now)

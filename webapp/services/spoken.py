"""STOP and START in a person's own words: heard, written to the ledger, confirmed.

A step of applying an event; it flushes and never commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from webapp.domain import keyword
from webapp.domain.event import Event as Told
from webapp.domain.event import EventKind
from webapp.domain.keyword import Keyword
from webapp.models.subscriber import Subscriber
from webapp.services import answering, consents
from webapp.store import once, replies, rollups


def wish(session: Session, person: Subscriber, told: Told) -> tuple[Keyword | None, str | None]:
    """What a message or a tapped button asks for, and the text that says so."""
    texts = (told.text, told.payload) if told.kind is EventKind.MESSAGE else (told.payload,)
    own = _own_words(session, person.brand_id)
    for text in texts:
        said = keyword.keyword(text, own)
        if said is not None:
            return said, text
    return None, None


def hear(
    session: Session,
    person: Subscriber,
    told: Told,
    said: Keyword,
    text: str | None,
    now: datetime,
) -> None:
    """Write the wish down; confirm it when the person said it to us and it holds now."""
    silent = person.opted_out_at is not None
    act = consents.stop_all if said is Keyword.STOP else consents.resume
    row = act(session, person, at=told.at, now=now, source="webhook", evidence=told.key)
    count(session, person, told, silent)
    stopped = person.opted_out_at is not None
    changed = stopped is not silent
    if row is not None and text is not None and (changed or (said is Keyword.STOP and stopped)):
        answering.queue(session, person, row, said, text, now)


def count(session: Session, person: Subscriber, told: Told, silent: bool) -> None:  # noqa: FBT001
    """A wish that changes nothing is no second opt-out; `silent` is how it was before."""
    stopped = person.opted_out_at is not None
    if stopped is not silent:
        rollups.add(
            session, person.brand_id, person.channel_id, told.at,
            opt_outs=int(stopped), opt_ins=int(not stopped),
        )  # fmt: skip


def _own_words(session: Session, brand_id: int) -> Mapping[str, Keyword]:
    return once.read(session, ("own words", brand_id), lambda: replies.meanings(session, brand_id))

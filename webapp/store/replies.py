"""Confirmations of STOP and START on their way, and a brand's own words for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Table, bindparam, delete, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from webapp.domain.confirmation import ReplyState
from webapp.domain.keyword import Keyword
from webapp.domain.mark import Mark
from webapp.models.reply import OwnWord, Reply, ReplySetting, ReplyText

WORDS: Table = OwnWord.__table__  # type: ignore[attr-defined]
_MEANINGS = sa_select(WORDS.c.folded, WORDS.c.means).where(
    WORDS.c.brand_id == bindparam("brand")
)  # built once: the inbox asks often


def answered_since(session: Session, subscriber_id: int, kind: Keyword, since: datetime) -> bool:
    """Whether the person got (or may have got, or will get) one of this kind."""
    query = select(Reply.id).where(
        Reply.subscriber_id == subscriber_id,
        Reply.kind == kind.value,
        col(Reply.created_at) > since,
        col(Reply.state).not_in((ReplyState.SKIPPED, ReplyState.FAILED)),
    )
    return session.exec(query.limit(1)).first() is not None


def due(session: Session, now: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """(brand, reply) of the oldest that wait."""
    query = select(Reply.brand_id, Reply.id).where(
        Reply.state == ReplyState.QUEUED.value,
        or_(col(Reply.not_before).is_(None), col(Reply.not_before) <= now),
    )
    found = session.exec(query.order_by(col(Reply.id)).limit(limit))
    return [(brand, reply) for brand, reply in found if reply is not None]


def claim(session: Session, reply_id: int, epoch: int, now: datetime) -> bool:
    """True for the one who may ask the platform; nobody may a second time."""
    said = {"claimed_at": now, "epoch": epoch}
    return _move(session, reply_id, ReplyState.QUEUED, ReplyState.CLAIMED, **said)


def settle(session: Session, reply_id: int, state: ReplyState, **more: object) -> bool:
    """What came of a claim; False when it is nobody's claim any more."""
    return _move(session, reply_id, ReplyState.CLAIMED, state, **more)


def skip(session: Session, reply_id: int, reason: str, now: datetime) -> bool:
    return _move(
        session, reply_id, ReplyState.QUEUED, ReplyState.SKIPPED, reason=reason, finished_at=now
    )


def leave_out(session: Session, reason: str, now: datetime) -> int:
    """Whoever waits for a confirmation, in every brand, gets none."""
    waiting = update(Reply).where(col(Reply.state) == ReplyState.QUEUED.value)
    values = {"state": ReplyState.SKIPPED.value, "reason": reason, "finished_at": now}
    return session.exec(waiting.values(values)).rowcount


def echoed(session: Session, mark: Mark, message_id: str | None) -> None:
    """The platform shows the message: it was sent, whatever its answer was."""
    of_it = update(Reply).where(
        col(Reply.id) == mark.number,
        col(Reply.epoch).is_not_distinct_from(mark.epoch),
        col(Reply.state).in_((ReplyState.UNKNOWN, ReplyState.CLAIMED)),
    )
    session.exec(of_it.values(state=ReplyState.SENT.value, message_id=message_id))


def claimed_before(session: Session, before: datetime) -> bool:
    query = select(Reply.id).where(
        Reply.state == ReplyState.CLAIMED.value, col(Reply.claimed_at) <= before
    )
    return session.exec(query.limit(1)).first() is not None


def bury(session: Session, before: datetime, now: datetime) -> int:
    """Claims without an answer may have been sent: unknown, never asked again."""
    old = update(Reply).where(
        col(Reply.state) == ReplyState.CLAIMED.value, col(Reply.claimed_at) <= before
    )
    values = {"state": ReplyState.UNKNOWN.value, "reason": "no answer", "finished_at": now}
    return session.exec(old.values(values)).rowcount


def of_person(session: Session, subscriber_id: int) -> dict[int, Reply]:
    """By the act each confirms."""
    query = select(Reply).where(Reply.subscriber_id == subscriber_id)
    return {row.opt_in_id: row for row in session.exec(query)}


def confirms(session: Session) -> bool:
    row = session.exec(select(ReplySetting)).first()
    return row is None or row.confirms


def set_confirms(session: Session, brand_id: int, *, on: bool) -> None:
    row = session.exec(select(ReplySetting)).first() or ReplySetting(brand_id=brand_id)
    row.confirms = on
    session.add(row)


def own_texts(session: Session, kind: Keyword) -> dict[str, str]:
    query = select(ReplyText.language, ReplyText.text).where(ReplyText.kind == kind.value)
    return dict(session.exec(query).all())


def set_own_text(
    session: Session, brand_id: int, kind: Keyword, language: str, text: str | None
) -> None:
    """None brings the built-in wording back."""
    session.exec(
        delete(ReplyText).where(
            col(ReplyText.brand_id) == brand_id,
            col(ReplyText.kind) == kind.value,
            col(ReplyText.language) == language,
        )
    )
    if text is not None:
        session.add(ReplyText(brand_id=brand_id, kind=kind.value, language=language, text=text))


def words(session: Session) -> Sequence[OwnWord]:
    return session.exec(select(OwnWord).order_by(OwnWord.means, OwnWord.phrase)).all()


def word(session: Session, word_id: int) -> OwnWord | None:
    return session.get(OwnWord, word_id)


def meanings(session: Session, brand_id: int) -> Mapping[str, Keyword]:
    """A brand's own words as `keyword.keyword` takes them."""
    found = session.connection().execute(_MEANINGS, {"brand": brand_id})
    return {folded: Keyword(means) for folded, means in found}


def _move(
    session: Session, reply_id: int, before: ReplyState, after: ReplyState, **more: object
) -> bool:
    moved = (
        update(Reply)
        .where(col(Reply.id) == reply_id, col(Reply.state) == before.value)
        .values(state=after.value, **more)
    )
    return session.exec(moved).rowcount == 1

"""Whom an import brought, what has become of them since, and how they go again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, update
from sqlmodel import Session, col, select

from webapp.domain.consent import Source
from webapp.models.delivery import Delivery
from webapp.models.import_job import ImportedSubscriber
from webapp.models.opt_in import Consent, OptIn
from webapp.models.raw_event import Event
from webapp.models.reply import Reply
from webapp.models.subscriber import AttributeValue, Subscriber, SubscriberKey, SubscriberTag, Tag

GONE = "undone-"  # before the id, in the place of the key
_BLANKED = (
    "first_name", "last_name", "locale", "timezone", "country", "city", "gender", "source",
    "first_seen_at", "last_inbound_at", "window_opener", "window_opened_at", "window_ends_at",
)  # fmt: skip


def page(
    session: Session, job_id: int, limit: int
) -> Sequence[tuple[ImportedSubscriber, Subscriber]]:
    """The next people of an import with what it did to them."""
    query = (
        select(ImportedSubscriber, Subscriber)
        .join(Subscriber, col(Subscriber.id) == ImportedSubscriber.subscriber_id)
        .where(ImportedSubscriber.import_job_id == job_id)
        .order_by(col(ImportedSubscriber.subscriber_id))
    )
    return session.exec(query.limit(limit)).all()


def done_with(session: Session, job_id: int, people: Collection[int]) -> None:
    """These people are no longer the import's."""
    session.exec(
        delete(ImportedSubscriber).where(
            col(ImportedSubscriber.import_job_id) == job_id,
            col(ImportedSubscriber.subscriber_id).in_(people),
        )
    )


def heard_of(session: Session, people: Collection[int], opener: str) -> set[int]:
    """Who has written since, or did anything else the platform told of. `opener` is the one that
    stands for no message."""
    other = (col(Subscriber.window_opener).is_not(None)) & (col(Subscriber.window_opener) != opener)
    known = or_(other, col(Subscriber.opted_out_at).is_not(None))
    return (
        _among(session, Event.subscriber_id, people)
        | _among(session, Reply.subscriber_id, people)
        | _among(session, SubscriberKey.subscriber_id, people)
        | _among(session, Subscriber.id, people, known)
    )


def written_to(session: Session, people: Collection[int]) -> set[int]:
    """Who is in the ledger of a broadcast."""
    return _among(session, Delivery.subscriber_id, people)


def brought_besides(session: Session, job_id: int, people: Collection[int]) -> set[int]:
    """Whom another import brought as well."""
    other = col(ImportedSubscriber.import_job_id) != job_id
    return _among(session, ImportedSubscriber.subscriber_id, people, other)


def hand_on(session: Session, job_id: int, people: Collection[int]) -> None:
    """To the first other import that brought them: from here on it is the one that did."""
    query = (
        select(ImportedSubscriber)
        .where(col(ImportedSubscriber.subscriber_id).in_(people))
        .where(col(ImportedSubscriber.import_job_id) != job_id)
        .order_by(col(ImportedSubscriber.import_job_id).desc())
    )
    for row in {row.subscriber_id: row for row in session.exec(query)}.values():
        row.created = True
        session.add(row)


def agreed_otherwise(session: Session, people: Collection[int]) -> set[int]:
    """Of whom the ledger of consent has an act that no import told of or took back."""
    otherwise = col(OptIn.source) != Source.IMPORT.value
    return _among(session, OptIn.subscriber_id, people, otherwise)


def with_acts(session: Session, people: Collection[int]) -> set[int]:
    """Of whom the ledger of consent has any act."""
    return _among(session, OptIn.subscriber_id, people)


def active(
    session: Session, people: Collection[int], act_ids: Collection[int]
) -> Sequence[Consent]:
    """The consents of these people that rest on these acts and hold. By person, for whom there is
    an index: by act, each page of an undo would read the consents of the whole installation."""
    query = select(Consent).where(
        col(Consent.subscriber_id).in_(people),
        col(Consent.opt_in_id).in_(act_ids),
        Consent.state == "active",
    )
    return session.exec(query.order_by(col(Consent.id))).all()


def take_off(session: Session, worn: Collection[tuple[int, str]]) -> None:
    """Tags by person and name."""
    names = {name for _, name in worn}
    ids = {
        name: key or 0
        for name, key in session.exec(select(Tag.name, Tag.id).where(col(Tag.name).in_(names)))
    }
    for name, key in ids.items():
        wearers = [person for person, of_them in worn if of_them == name]
        session.exec(
            delete(SubscriberTag).where(
                col(SubscriberTag.tag_id) == key, col(SubscriberTag.subscriber_id).in_(wearers)
            )
        )


def remove(session: Session, people: Collection[int]) -> None:
    """People without a trace in any ledger, with all that is kept of them."""
    _strip(session, people)
    session.exec(delete(Subscriber).where(col(Subscriber.id).in_(people)))


def blank(session: Session, people: Collection[Subscriber], now: datetime) -> None:
    """People of whom the ledger of consent has acts: the row stays, empty and in no list, and its
    key is free."""
    _strip(session, [person.id or 0 for person in people])
    for person in people:
        for name in _BLANKED:
            setattr(person, name, None)
        person.key, person.name_folded, person.region = f"{GONE}{person.id}", "", 0
        person.erased_at = person.updated_at = now
        session.add(person)
    session.flush()


def _strip(session: Session, people: Collection[int]) -> None:
    for table in (SubscriberTag, AttributeValue, Consent):
        session.exec(delete(table).where(col(table.subscriber_id).in_(people)))


def settle(session: Session, rows: Sequence[Consent]) -> None:
    """Consents that are taken back: nothing is sent there any more, and a new one may be told.
    One that was used stays, stopped."""
    unused = [row.id for row in rows if row.last_used_at is None]
    session.exec(delete(Consent).where(col(Consent.id).in_(unused)))
    used = [row.id for row in rows if row.last_used_at is not None]
    session.exec(update(Consent).where(col(Consent.id).in_(used)).values(state="stopped"))


def _among(
    session: Session, column: object, people: Collection[int], *more: ColumnElement[bool]
) -> set[int]:
    query = select(column).where(col(column).in_(people), *more)  # type: ignore[call-overload]
    return set(session.exec(query.distinct()))

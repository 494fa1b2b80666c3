"""Tags by name, and who carries them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import delete, literal
from sqlmodel import Session, col, func, select

from webapp.models.subscriber import Subscriber, SubscriberTag, Tag
from webapp.store import bulk, id_lists, inserts

Worn = tuple[int, int]  # subscriber id, tag id


def names(session: Session) -> Sequence[str]:
    return session.exec(select(Tag.name).order_by(Tag.name)).all()


def ids_by_name(session: Session) -> dict[str, int]:
    return {name: key or 0 for name, key in session.exec(select(Tag.name, Tag.id))}


def counts(session: Session) -> dict[str, int]:
    """Living people by tag, for every tag."""
    query = (
        select(Tag.name, func.count(col(Subscriber.id)))
        .outerjoin(SubscriberTag, col(SubscriberTag.tag_id) == col(Tag.id))
        .outerjoin(
            Subscriber,
            (col(Subscriber.id) == col(SubscriberTag.subscriber_id))
            & col(Subscriber.erased_at).is_(None),
        )
        .group_by(col(Tag.name))
        .order_by(Tag.name)
    )
    return dict(session.exec(query).all())


def ensure(session: Session, brand_id: int, wanted: Iterable[str]) -> dict[str, int]:
    """Ids by name; makes the tags that are missing."""
    known = ids_by_name(session)
    missing = sorted({*wanted} - known.keys())
    if not missing:
        return known
    bulk.add(session, Tag, [{"brand_id": brand_id, "name": name} for name in missing])
    return ids_by_name(session)


def of(session: Session, subscriber_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Tag names by person; people without tags are left out."""
    query = (
        select(SubscriberTag.subscriber_id, Tag.name)
        .join(Tag, col(Tag.id) == col(SubscriberTag.tag_id))
        .where(bulk.among(session, col(SubscriberTag.subscriber_id), subscriber_ids))
    )
    found: dict[int, set[str]] = defaultdict(set)
    for person, name in session.exec(query):
        found[person].add(name)
    return {person: frozenset(worn) for person, worn in found.items()}


def worn(session: Session, subscriber_ids: Iterable[int]) -> set[Worn]:
    query = select(SubscriberTag.subscriber_id, SubscriberTag.tag_id).where(
        col(SubscriberTag.subscriber_id).in_(subscriber_ids)
    )
    return set(session.exec(query).all())


def put(session: Session, brand_id: int, pairs: Iterable[Worn]) -> None:
    """Pairs that are not there yet."""
    people, worn = zip(*pairs, strict=True) if (pairs := list(pairs)) else ((), ())
    columns = {"subscriber_id": people, "tag_id": worn}
    bulk.pour(session, SubscriberTag, columns, {"brand_id": brand_id})


def put_on(session: Session, brand_id: int, ids: Sequence[int], tag_id: int) -> Sequence[int]:
    """Put one tag on some thousands; returns those who live and did not have it."""
    listed = select(id_lists.table(session, ids).c.value)  # joined, SQLite would look at all pairs
    rows = select(literal(brand_id), col(Subscriber.id), literal(tag_id)).where(
        col(Subscriber.id).in_(listed),
        col(Subscriber.erased_at).is_(None),
        col(Subscriber.brand_id) == brand_id,
    )
    statement = inserts.into(SubscriberTag, session.get_bind().dialect.name).from_select(
        ["brand_id", "subscriber_id", "tag_id"], rows
    )
    statement = statement.on_conflict_do_nothing()
    found = session.connection().execute(statement.returning(col(SubscriberTag.subscriber_id)))
    return found.scalars().all()


def take_off(session: Session, ids: Sequence[int], tag_id: int) -> Sequence[int]:
    """Take one tag off some thousands; returns those who had it."""
    listed = select(id_lists.table(session, ids).c.value)
    statement = delete(SubscriberTag).where(
        col(SubscriberTag.tag_id) == tag_id, col(SubscriberTag.subscriber_id).in_(listed)
    )
    statement = statement.execution_options(synchronize_session=False)
    return session.execute(statement.returning(col(SubscriberTag.subscriber_id))).scalars().all()


def take(session: Session, subscriber_ids: Sequence[int], tag_id: int | None = None) -> int:
    """Take one tag, or every tag, off people; returns how many were worn."""
    query = delete(SubscriberTag).where(col(SubscriberTag.subscriber_id).in_(subscriber_ids))
    if tag_id is not None:
        query = query.where(col(SubscriberTag.tag_id) == tag_id)
    return session.exec(query).rowcount

"""Deletions asked for by the platform, and whom they concern, over all brands of an app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from webapp import db
from webapp.models.channel import Channel, MetaApp
from webapp.models.deletion import Deletion
from webapp.models.subscriber import Subscriber, SubscriberKey


@dataclass(frozen=True)
class Concerned:
    brand_id: int
    subscriber_id: int


def by_code(session: Session, code: str) -> Deletion | None:
    return session.exec(select(Deletion).where(Deletion.code == code)).first()


def of_person(session: Session, app_id: int, key_hash: str) -> Deletion | None:
    query = select(Deletion).where(Deletion.app_id == app_id, Deletion.key_hash == key_hash)
    return session.exec(query).first()


def get(session: Session, deletion_id: int) -> Deletion:
    return session.get_one(Deletion, deletion_id)


def undone(session: Session) -> Sequence[int]:
    query = select(Deletion.id).where(col(Deletion.done_at).is_(None)).order_by(col(Deletion.id))
    return [key for key in session.exec(query) if key is not None]


def app_locked(session: Session, app_id: int) -> MetaApp:
    """The app's row, nobody else's until the caller commits."""
    return session.exec(select(MetaApp).where(MetaApp.id == app_id).with_for_update()).one()


def concerned(session: Session, app_id: int, key: str) -> Sequence[Concerned]:
    """Everybody known by this id on a channel of the app, also as an id beside another one."""
    with db.scoped(session, db.EVERY_BRAND):
        channels = session.exec(select(Channel.id).where(Channel.app_id == app_id)).all()
        others = select(SubscriberKey.subscriber_id).where(
            col(SubscriberKey.channel_id).in_(channels),
            SubscriberKey.key == key,
            col(SubscriberKey.ended_at).is_(None),
        )
        query = select(Subscriber.brand_id, Subscriber.id).where(
            col(Subscriber.erased_at).is_(None),
            or_(
                (col(Subscriber.channel_id).in_(channels)) & (col(Subscriber.key) == key),
                col(Subscriber.id).in_(others),
            ),
        )
        return [Concerned(brand, id_ or 0) for brand, id_ in session.exec(query)]

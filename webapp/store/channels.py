"""Channels of the brand, and the platform apps whose webhooks they hear."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from webapp import db
from webapp.domain.errors import NotFound
from webapp.models.channel import Channel, MetaApp

_OF_APP = select(Channel).where(col(Channel.app_id) == bindparam("app"))
_WITH_KEY = _OF_APP.where(col(Channel.key) == bindparam("key"))  # built once: the inbox asks often
_OF_ACCOUNT = _OF_APP.where(col(Channel.account) == bindparam("account"))


def get(session: Session, channel_id: int) -> Channel:
    """Raises NotFound, also for another brand's."""
    found = session.get(Channel, channel_id)
    if found is None:
        raise NotFound("channel", channel_id)
    return found


def page(session: Session) -> Sequence[Channel]:
    """By name; those in trouble first."""
    query = select(Channel).order_by(col(Channel.state).desc(), col(Channel.name), col(Channel.id))
    return session.exec(query).all()


def stopped(session: Session) -> Sequence[Channel]:
    return in_state(session, "stopped")


def in_state(session: Session, state: str) -> Sequence[Channel]:
    query = select(Channel).where(Channel.state == state)
    return session.exec(query.order_by(col(Channel.name), col(Channel.id))).all()


def anywhere(session: Session, platform: str, key: str) -> Channel | None:
    """The channel of any brand with this Page: a Page belongs to one brand only."""
    with db.scoped(session, db.EVERY_BRAND):
        query = select(Channel).where(Channel.platform == platform, Channel.key == key)
        return session.exec(query).first()


def with_key(session: Session, app_id: int, key: str) -> Sequence[Channel]:
    """What an app's webhook calls so, in whatever brand the session sees."""
    return session.exec(_WITH_KEY, params={"app": app_id, "key": key}).all()


def of_account(session: Session, app_id: int, account: str) -> Sequence[Channel]:
    """All numbers of a WhatsApp business, likewise."""
    return session.exec(_OF_ACCOUNT, params={"app": app_id, "account": account}).all()


def app(session: Session, app_id: int) -> MetaApp:
    found = session.get(MetaApp, app_id)
    if found is None:
        raise NotFound("app", app_id)
    return found


def app_by_slug(session: Session, slug: str) -> MetaApp | None:
    return session.exec(select(MetaApp).where(MetaApp.slug == slug)).first()

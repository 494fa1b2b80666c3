"""Brands and who may do what in them. The only queries that look across brands by intent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from webapp import db
from webapp.models.brand import Brand
from webapp.models.user import Membership


def get(session: Session, brand_id: int) -> Brand | None:
    return session.get(Brand, brand_id)


def by_slug(session: Session, slug: str) -> Brand | None:
    return session.exec(select(Brand).where(Brand.slug == slug)).first()


def everyone(session: Session) -> Sequence[Brand]:
    """Every brand of the installation that is not archived: for operators and jobs."""
    query = select(Brand).where(col(Brand.archived_at).is_(None))
    return session.exec(query.order_by(col(Brand.name), col(Brand.id))).all()


def entered_by(session: Session, slug: str, user_id: int) -> tuple[Brand, str] | None:
    """The brand and the person's role in it; nothing when they have none."""
    query = (
        select(Brand, Membership.role)
        .join(Membership, col(Membership.brand_id) == col(Brand.id))
        .where(Brand.slug == slug, Membership.user_id == user_id)
        .where(col(Brand.archived_at).is_(None))
    )
    with db.scoped(session, db.EVERY_BRAND):
        return session.exec(query).first()


def of_user(session: Session, user_id: int) -> Sequence[tuple[Brand, str]]:
    """Every brand a person works for, with their role, by name."""
    query = (
        select(Brand, Membership.role)
        .join(Membership, col(Membership.brand_id) == col(Brand.id))
        .where(Membership.user_id == user_id, col(Brand.archived_at).is_(None))
        .order_by(col(Brand.name), col(Brand.id))
    )
    with db.scoped(session, db.EVERY_BRAND):
        return session.exec(query).all()

"""Keys of programs. Lists never hold the token itself: only its hash exists."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from webapp.domain.errors import NotFound
from webapp.models.user import ApiToken, User


def page(session: Session, brand_id: int) -> Sequence[tuple[ApiToken, User]]:
    """Tokens of one brand that were not revoked, newest first."""
    query = (
        select(ApiToken, User)
        .join(User, col(User.id) == col(ApiToken.user_id))
        .where(ApiToken.brand_id == brand_id, col(ApiToken.revoked_at).is_(None))
        .order_by(col(ApiToken.id).desc())
    )
    return session.exec(query).all()


def get(session: Session, brand_id: int, token_id: int) -> ApiToken:
    """Raises NotFound, also for another brand's."""
    found = session.get(ApiToken, token_id)
    if found is None or found.brand_id != brand_id:
        raise NotFound("token", token_id)
    return found


def by_hash(session: Session, token_hash: str) -> tuple[ApiToken, User] | None:
    query = select(ApiToken, User).join(User, col(User.id) == col(ApiToken.user_id))
    return session.exec(query.where(ApiToken.token_hash == token_hash)).first()

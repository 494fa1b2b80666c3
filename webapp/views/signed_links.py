"""Links that open one page of one brand without signing in, for as long as they say.

A link carries who made it, and opens nothing once that person no longer works for the brand.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from webapp import db
from webapp.domain.errors import NotFound
from webapp.store import brands
from webapp.views import access


def make(purpose: str, year: int, until: datetime | None = None) -> str:
    """The token of a link of whoever asks; without `until` it holds until they leave the brand."""
    asking = access.current()
    maker = asking.viewer.user_id if asking.viewer else 0
    ends = int(until.timestamp()) if until else None
    return str(_signer(purpose).dumps([asking.brand.slug, maker, year, ends]))


def enter(purpose: str, token: str) -> int:
    """Enters the link's brand as a viewer and answers its year. NotFound says no more than that."""
    asking = access.current()
    try:
        slug, maker, year, ends = _signer(purpose).loads(token)
    except (BadSignature, ValueError, TypeError):
        raise NotFound("page", "") from None
    if ends is not None and asking.now >= datetime.fromtimestamp(ends, UTC):
        raise NotFound("page", "")
    with asking.house.db.reader(db.NO_BRAND) as looking:
        found = brands.entered_by(looking, slug, maker)
        if found is None:
            raise NotFound("page", "")
        brand, _ = found
        looking.expunge(brand)
    asking.enter(brand, "viewer")
    return int(year)


def _signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"fanlight {purpose}")

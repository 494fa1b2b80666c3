"""What every template may use of the request, and what the rail shows beside its links."""

from __future__ import annotations

from typing import cast

from flask import Flask, g, has_request_context

from webapp import db
from webapp.domain.halt import Halt
from webapp.models.brand import Brand
from webapp.services import attention, engagement, halting
from webapp.services.attention import Needs
from webapp.store import brands
from webapp.views import access, htmx
from webapp.views.asking import Current


def install(app: Flask) -> None:
    app.context_processor(_for_templates)


def needs(made: Current) -> Needs:
    """What waits for this person, for the page that lists it: the rail then counts the same."""
    g.needs = attention.needs(made.session, made.actor, made.now)
    return cast("Needs", g.needs)


def _for_templates() -> dict[str, object]:
    if not has_request_context():
        return {}
    made = access.current()
    whole = None if htmx.is_fragment() else made  # a fragment has no rail
    brands_of_viewer, halted = ([], None) if whole is None else _everywhere(whole)
    return {
        "brand": made.brand_or_none,
        "brands": brands_of_viewer,
        "halted": halted,
        "nav": {} if whole is None else _counts(whole),
        "viewer": made.viewer,
        "now": made.now,
        "this_year": _this_year(made),
        "can": made.can,
    }


def _this_year(made: Current) -> int:
    """Where the brand is."""
    brand = made.brand_or_none
    return (engagement.today_of(brand, made.now) if brand else made.now).year


def _everywhere(made: Current) -> tuple[list[Brand], Halt | None]:
    """The menu of brands, and whether everything is stopped; in a session of its own, since a
    page of errors shows them too."""
    if made.viewer is None:
        return [], None
    with made.house.db.reader(db.NO_BRAND) as looking:
        found = [brand for brand, _ in brands.of_user(looking, made.viewer.user_id)]
        halted = halting.current(looking)
        looking.expunge_all()
    return found, halted


def _counts(made: Current) -> dict[str, int]:
    """What waits for this person, beside the links of the rail."""
    brand = made.brand_or_none
    if brand is None or brand.id is None:
        return {}
    if "needs" in g:
        return {"home": g.needs.count}
    with made.house.db.reader(brand.id) as looking:
        return {"home": attention.needs(looking, made.actor, made.now).count}

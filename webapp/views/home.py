"""What needs me, and the next seven days."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.domain import remark
from webapp.services import attention, suggesting
from webapp.store import subscribers
from webapp.views import access, htmx, language, rail

blueprint = Blueprint("home", __name__, url_prefix="/b/<brand_slug>")


@blueprint.get("/")
@access.brand_screen("view")
def show() -> Response:
    asking = access.current()
    ahead = attention.ahead(asking.session, language.zone(), asking.now)
    return htmx.render(
        "home/show.html",
        "live",
        needs=rail.needs(asking),
        ahead=ahead,
        suggestions=suggesting.standing(asking.session, asking.actor, asking.now),
        has_people=bool(ahead.open_channels) and subscribers.exists(asking.session),
        reason_of=remark.from_json,
    )

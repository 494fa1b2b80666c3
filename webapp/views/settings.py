"""The way into everything a brand can set."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.domain.template import TemplateState
from webapp.store import channels, members, templates, topics
from webapp.views import access, htmx

blueprint = Blueprint("settings", __name__, url_prefix="/b/<brand_slug>/settings")


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    session = access.current().session
    shelf = templates.page(session)
    return htmx.render(
        "settings/index.html",
        channels=len(channels.page(session)),
        stopped=len(channels.stopped(session)),
        people=len(members.page(session)),
        templates=len(shelf),
        approved=sum(row.state == TemplateState.APPROVED for row in shelf),
        topics=len(topics.all_of(session)),
    )

"""What needs me, and the next seven days."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.views import access, htmx

blueprint = Blueprint("home", __name__, url_prefix="/b/<brand_slug>")


@blueprint.get("/")
@access.brand_screen("view")
def show() -> Response:
    return htmx.render("home/show.html")

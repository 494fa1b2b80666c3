"""Files of subscribers on their way in."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.views import access, htmx

blueprint = Blueprint("imports", __name__, url_prefix="/b/<brand_slug>/imports")


@blueprint.get("/")
@access.brand_screen("import.run")
def index() -> Response:
    return htmx.render("imports/index.html")

"""The brands a person works for, and making a new one."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from webapp.models.brand import Brand
from webapp.store import brands
from webapp.views import access, htmx

blueprint = Blueprint("brands", __name__)


@blueprint.get("/")
@access.signed_in
def start() -> Response:
    """Straight into the brand of whoever has just one."""
    mine = _mine()
    if len(mine) == 1:
        return htmx.redirect(url_for("home.show", brand_slug=mine[0][0].slug))
    return htmx.redirect(url_for("brands.index"))


@blueprint.get("/brands")
@access.signed_in
def index() -> Response:
    return htmx.render("brands/index.html", mine=_mine())


def _mine() -> list[tuple[Brand, str]]:
    asking = access.current()
    return list(brands.of_user(asking.session, asking.viewer.user_id if asking.viewer else 0))

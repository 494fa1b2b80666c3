"""System health: is the clock running, how long are the queues."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.services import alert_mail, health
from webapp.views import access, htmx

blueprint = Blueprint("system", __name__, url_prefix="/b/<brand_slug>/settings/health")


@blueprint.get("/")
@access.brand_screen("view")
def show() -> Response:
    asking = access.current()
    return htmx.render(
        "system/show.html",
        "live",
        ready=health.ready(asking.house.db, asking.now),
        health=health.measure(asking.session, asking.now),
        has_mail=alert_mail.server_of(asking.house.settings) is not None,
        is_sqlite=asking.house.db.is_sqlite,
        book=asking.house.book.version,
    )

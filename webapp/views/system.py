"""System health: is the clock running, how long are the queues."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from webapp.db import EVERY_BRAND
from webapp.domain.wording import say_n
from webapp.services import alert_mail, audience_upkeep, backups, health
from webapp.views import access, htmx, notices

blueprint = Blueprint("system", __name__)
HERE = "/b/<brand_slug>/settings/health"


@blueprint.get(f"{HERE}/")
@access.brand_screen("view")
def show() -> Response:
    asking = access.current()
    with asking.house.db.reader(EVERY_BRAND) as session:
        audiences = audience_upkeep.state(session)
    backup_at = backups.last(asking.house.db)
    return htmx.render(
        "system/show.html",
        "live",
        backup_at=backup_at,
        backup_is_stale=backups.is_stale(backup_at, asking.now),
        ready=health.ready(asking.house.db, asking.now),
        health=health.measure(asking.session, asking.now),
        audiences=audiences,
        has_mail=alert_mail.server_of(asking.house.settings) is not None,
        is_sqlite=asking.house.db.is_sqlite,
        book=asking.house.book.version,
    )


@blueprint.post(f"{HERE}/audiences")
@access.operator(audience_upkeep.PERMISSION)
def rebuild() -> Response:
    """Have every set of people read anew, of every brand: only for operators."""
    asking = access.current()
    with asking.house.db.writer(EVERY_BRAND) as session:
        n = audience_upkeep.order(session, asking.actor, asking.now)
    notices.tell(
        say_n("%(n)s set of people is read anew.", "%(n)s sets of people are read anew.", n)
    )
    return htmx.redirect(url_for(".show"))

"""Stop everything, in every brand of the installation; and go on."""

from __future__ import annotations

from flask import Blueprint, Response, url_for
from sqlmodel import Session

from webapp import db
from webapp.domain.halt import Halt
from webapp.domain.wording import say
from webapp.services import halting
from webapp.views import access, htmx, notices

blueprint = Blueprint("halting", __name__, url_prefix="/stop")


@blueprint.get("/")
@access.operator(halting.PERMISSION)
def show() -> Response:
    asking = access.current()
    with asking.house.db.reader(db.EVERY_BRAND) as session:
        return htmx.render(
            "halting/show.html", "live", halt=_halt(session), under_way=halting.under_way(session)
        )


@blueprint.post("/")
@access.operator(halting.PERMISSION)
def stop() -> Response:
    asking = access.current()
    with asking.house.db.writer(db.EVERY_BRAND) as session:
        halting.stop(session, asking.actor, asking.now)
    notices.tell(say("Everything is stopped. Nobody is written to."), "warn")
    return htmx.redirect(url_for("halting.show"))


@blueprint.post("/end")
@access.operator(halting.PERMISSION)
def go_on() -> Response:
    asking = access.current()
    with asking.house.db.writer(db.EVERY_BRAND) as session:
        halting.go_on(session, asking.actor, asking.now)
    notices.tell(say("Sending goes on."))
    return htmx.redirect(url_for("halting.show"))


def _halt(session: Session) -> Halt | None:
    return halting.current(session)

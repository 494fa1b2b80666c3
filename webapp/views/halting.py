"""Stop everything, in every brand of the installation; and go on."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from sqlmodel import Session

from webapp import db
from webapp.domain.halt import Halt
from webapp.domain.wording import Sentence, say, say_n
from webapp.services import halting
from webapp.views import access, htmx, notices

blueprint = Blueprint("halting", __name__, url_prefix="/stop")


@blueprint.get("/")
@access.operator(halting.PERMISSION)
def show() -> Response:
    asking = access.current()
    with asking.house.db.reader(db.EVERY_BRAND) as session:
        found = halting.under_way(session)
        return htmx.render(
            "halting/show.html", "live", halt=_halt(session), under_way=found,
            waiting=halting.waiting_of(found),
        )  # fmt: skip


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
        out = "leaving_out" in request.form
        people = halting.go_on(session, asking.actor, asking.now, leaving_out=out)
    notices.tell(_goes_on(people) if out else say("Sending goes on."))
    return htmx.redirect(url_for("halting.show"))


def _goes_on(left_out: int) -> Sentence:
    return say_n(
        "Sending goes on. %(n)s person who waited is left out.",
        "Sending goes on. %(n)s people who waited are left out.",
        left_out,
    )


def _halt(session: Session) -> Halt | None:
    return halting.current(session)

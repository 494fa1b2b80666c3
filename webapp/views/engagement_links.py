"""The engagement page for somebody without a login, by a link that expires."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, url_for

from webapp.domain.wording import say
from webapp.services import sharing
from webapp.views import (
    access,
    cookie,
    engagement_answers,
    engagement_charts,
    htmx,
    notices,
    signed_links,
)

blueprint = Blueprint("engagement_links", __name__)
SHARED = "/shared/engagement/<token>"
PURPOSE = "engagement"
LIFE = timedelta(days=30)


@blueprint.post("/b/<brand_slug>/engagement/<int:year>/links")
@access.brand_screen("engagement.share")
def create(year: int) -> Response:
    asking = access.current()
    until = asking.now + LIFE
    sharing.record(asking.session, asking.actor, year, until, asking.now)
    token = signed_links.make(PURPOSE, year, until)
    cookie.hand_over(
        "engagement-link", url_for("engagement_links.show", token=token, _external=True)
    )
    notices.tell(say("The link is made. Whoever has it sees this page until %(at)s.", at=until))
    return htmx.redirect(url_for("engagement.show", year=year))


@blueprint.get(SHARED)
@access.public
def show(token: str) -> Response:
    seen = engagement_answers.read(signed_links.enter(PURPOSE, token))
    figures = engagement_charts.of(seen)
    return htmx.render(
        "engagement/shared.html",
        seen=seen,
        figures=figures,
        token=token,
        name=access.current().brand.name,
    )


@blueprint.get(f"{SHARED}/<name>.<any(svg, png):form>")
@access.public
def chart(token: str, name: str, form: str) -> Response:
    seen = engagement_answers.read(signed_links.enter(PURPOSE, token))
    return engagement_answers.picture(engagement_charts.one(seen, name), form)


@blueprint.get(f"{SHARED}.pdf")
@access.public
def pdf(token: str) -> Response:
    return engagement_answers.paper(engagement_answers.read(signed_links.enter(PURPOSE, token)))

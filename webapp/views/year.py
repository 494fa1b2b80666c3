"""The year: twelve months as strips, what was aimed for beside what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Invalid, NotFound
from webapp.domain.wording import Sentence, say
from webapp.forms import reading
from webapp.forms import targets as forms
from webapp.forms.campaigns import MoveForm
from webapp.models.campaign import Campaign
from webapp.services import campaigns, engagement, plans, targets
from webapp.services.plans import YearPlan
from webapp.views import (
    access,
    htmx,
    language,
    notices,
    signed_links,
    year_agenda,
    year_picture,
    year_span,
)

blueprint = Blueprint("year", __name__, url_prefix="/b/<brand_slug>/year/<int:year>")
FEED = "calendar"


@blueprint.get("/")
@access.brand_screen("view")
def show(year: int) -> Response:
    """`show` is year, q1 to q4 or 1 to 12; `as=table` says it in words."""
    return htmx.render("year/show.html", **_context(year))


@blueprint.post("/moves")
@access.brand_screen("campaign.edit")
def move(year: int) -> Response:
    """From a drag, an arrow key or a button: a campaign goes some days later or earlier."""
    asking = access.current()
    form = reading.read(MoveForm, request.form)
    row = campaigns.move(
        asking.session, asking.actor, form.campaign, form.days, _known(year), asking.now
    )
    notices.tell(_moved(row))
    if htmx.is_fragment():
        return htmx.render("year/show.html", "plan", **_context(year))
    return htmx.redirect(_back(year))


@blueprint.post("/targets")
@access.brand_screen("target.edit")
def aim(year: int) -> Response:
    asking = access.current()
    try:
        aims = forms.read(request.form, _known(year))
    except Invalid as refused:
        context = _context(year, refused.errors, request.form)
        return htmx.invalid("year/show.html", "targets", **context)
    changed = targets.save(asking.session, asking.actor, year, aims, asking.now)
    notices.tell(say("The targets are saved.") if changed else say("Nothing was changed."))
    return htmx.redirect(_back(year))


@blueprint.post("/copies")
@access.brand_screen("campaign.edit")
def copy(year: int) -> Response:
    """This year's plan once more in the next."""
    asking = access.current()
    made = plans.copy_year(asking.session, asking.actor, _known(year), asking.now)
    notices.tell(
        say(
            "Copied from %(year)s: campaigns %(campaigns)s, targets %(targets)s. What was here "
            "already stayed as it was.",
            campaigns=made.campaigns,
            targets=made.targets,
            year=str(year),
        )
    )
    return htmx.redirect(url_for("year.show", year=year + 1))


def _context(
    year: int,
    errors: Mapping[str, list[Sentence]] | None = None,
    posted: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    span = year_span.of(_known(year), request.values.get("show", "year"))
    seen = _plan(year)
    asking = access.current()
    collisions = [
        each
        for each in seen.conflicts
        if each.last >= seen.today and span.touches(each.day, each.last)
    ]
    return {
        "seen": seen,
        "span": span,
        "title": year_span.words(span),
        "choices": year_span.choices(span, seen.today),
        "beside": year_span.beside(span),
        "picture": year_picture.of(seen, span, asking.brand.currency),
        "pages": year_agenda.of(seen, span),
        "by_id": {campaign.id: campaign for campaign in seen.campaigns},
        "collisions": collisions,
        "colliding": {key for conflict in collisions for key in conflict.broadcasts},
        "hues": year_picture.HUES,
        "as_table": request.values.get("as") == "table",
        "feed": url_for("calendars.show", token=signed_links.make(FEED, 0), _external=True),
        "errors": errors or {},
        "posted": posted or {},
        "field": forms.field,
    }


def _plan(year: int) -> YearPlan:
    asking = access.current()
    return plans.of_year(
        asking.session,
        asking.brand,
        asking.house.book,
        year,
        asking.now,
        language.current(),
    )


def _known(year: int) -> int:
    if not engagement.FIRST <= year < engagement.LAST:
        raise NotFound("year", year)
    return year


def _back(year: int) -> str:
    shown = request.values.get("show", "year")
    return url_for("year.show", year=year, show=None if shown == "year" else shown)


def _moved(row: Campaign) -> Sentence:
    return say(
        "%(name)s now runs from %(starts)s to %(ends)s.",
        name=row.name,
        starts=row.starts_on,
        ends=row.ends_on,
    )

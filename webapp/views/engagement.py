"""The executives' page: a year as charts, each with its sentence, its table and its definition."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.services import engagement as numbers
from webapp.views import access, cookie, engagement_answers, engagement_charts, htmx

blueprint = Blueprint("engagement", __name__, url_prefix="/b/<brand_slug>/engagement")


@blueprint.get("/")
@access.brand_screen("view")
def show() -> Response:
    asking = access.current()
    seen = engagement_answers.read(request.args.get("year", type=int))
    return htmx.render(
        "engagement/show.html",
        seen=seen,
        figures=engagement_charts.of(seen),
        years=numbers.years(asking.session, seen.today, seen.year),
        link=cookie.handed("engagement-link"),
    )


@blueprint.get("/<int:year>/<name>.<any(svg, png):form>")
@access.brand_screen("view")
def chart(year: int, name: str, form: str) -> Response:
    figure = engagement_charts.one(engagement_answers.read(year), name)
    return engagement_answers.picture(figure, form)


@blueprint.get("/<int:year>.pdf")
@access.brand_screen("view")
def pdf(year: int) -> Response:
    return engagement_answers.paper(engagement_answers.read(year))


@blueprint.get("/<int:year>.csv")
@access.brand_screen("view")
def table(year: int) -> Response:
    """The numbers behind all charts, a line each month."""
    return engagement_answers.spreadsheet(engagement_answers.read(year))


@blueprint.get("/<int:year>/weeks.csv")
@access.brand_screen("view")
def weeks(year: int) -> Response:
    """How many people got how many messages, a line each week."""
    return engagement_answers.weekly(engagement_answers.read(year))

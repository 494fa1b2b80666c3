"""The engagement page's pictures and files, for those who sign in and for those with a link."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from flask import Response

from webapp.charts import document, shelf
from webapp.charts import style as styles
from webapp.domain.errors import NotFound
from webapp.domain.figures import Zone
from webapp.domain.wording import say
from webapp.services import engagement as numbers
from webapp.services.engagement import Engagement
from webapp.views import access, engagement_charts, language, pictures
from webapp.views.engagement_charts import Figure


def read(year: int | None) -> Engagement:
    """Of the brand that was entered; without a year, of the one it is there."""
    asking = access.current()
    if year is None:
        year = numbers.today_of(asking.brand, asking.now).year
    if not numbers.FIRST <= year <= numbers.LAST:
        raise NotFound("year", year)
    return numbers.of_year(asking.session, asking.brand, year, asking.now)


def picture(figure: Figure, form: str) -> Response:
    return pictures.answer(form, figure.data, figure.draw, svg=figure.svg, height=figure.height)


def paper(seen: Engagement) -> Response:
    """Every finding on a first page, then a page for each chart and its table."""
    title, figures = _title(seen), engagement_charts.of(seen)
    zone = Zone(access.current().brand.timezone)
    about = say("As of %(day)s, in the time of %(zone)s.", day=seen.today, zone=zone)
    look = styles.Style(locale=str(language.locale()))
    line = language.translate(about)
    key = shelf.digest("pdf", title, line, look, [(f.finding, f.data) for f in figures])
    drawn = shelf.PICTURES.take(
        key, lambda: document.pdf(title, line, [_page(figure) for figure in figures], look)
    )
    return _download(Response(drawn, mimetype="application/pdf"), seen.year, "pdf")


def spreadsheet(seen: Engagement) -> Response:
    return _sheet(numbers.file_rows(seen), seen.year, "csv")


def weekly(seen: Engagement) -> Response:
    return _sheet(numbers.week_rows(seen.weeks), seen.year, "weeks.csv")


def _sheet(rows: Iterable[list[str]], year: int, form: str) -> Response:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return _download(Response(out.getvalue(), mimetype="text/csv"), year, form)


def _page(figure: Figure) -> document.Page:
    return document.Page(
        title=figure.title,
        finding=language.translate(figure.finding),
        definition=language.translate(figure.definition),
        draw=figure.draw,
        rows=figure.table.lines(),
    )


def _title(seen: Engagement) -> str:
    title = say(
        "%(brand)s: engagement in %(year)s",
        brand=access.current().brand.name,
        year=str(seen.year),
    )
    return language.translate(title)


def _download(answer: Response, year: int, form: str) -> Response:
    name = f"{access.current().brand.slug}-engagement-{year}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

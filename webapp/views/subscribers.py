"""The list of people, and what may be done to those it shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request, url_for
from sqlmodel import Session

from webapp.db import Database
from webapp.domain.errors import Invalid
from webapp.domain.permission import Actor
from webapp.domain.wording import say_n
from webapp.forms import reading
from webapp.forms import subscribers as forms
from webapp.services import exporting, listing, selections, tagging
from webapp.services.selections import Selection
from webapp.store import channels, subscribers, tags
from webapp.store.searches import Cursor, Search
from webapp.views import access, csv_answers, formats, htmx, language, notices

PAGE = 50

blueprint = Blueprint("subscribers", __name__, url_prefix="/b/<brand_slug>/subscribers")


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    session, now = access.current().session, access.current().now
    search = _search()
    after = forms.cursor(request.args.get("after", ""))
    found = listing.page(session, search, now, after, PAGE + 1)
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    next_ = forms.cursor_text(Cursor(last.last_inbound_at, last.id or 0)) if last else None
    return htmx.render(
        "subscribers/index.html",
        "results",
        people=shown,
        worn=tags.of(session, [person.id or 0 for person in shown]),
        **_total(session, search, now),
        search=search,
        given={name: value for name, value in _given().items() if value},
        next=next_,
        started=after is not None,
        anybody=bool(shown) or subscribers.exists(session),
        channels=[(row.id, row.name) for row in channels.page(session)],
        tags=[(name, name) for name in tags.names(session)],
        countries=sorted(_countries(subscribers.countries(session)), key=lambda pair: pair[1]),
    )


def _total(session: Session, search: Search, now: datetime) -> dict[str, Any]:
    """`counted`: the number is exact. One that takes long is asked for by the page once it shows
    who was found first."""
    chosen = Selection(search)
    if request.args.get("counted"):
        return {"total": selections.count(session, chosen, now), "counted": True}
    found = selections.about(session, chosen, now)
    return {"total": found.n, "counted": found.exact, "asked": request.args.get("after") or None}


@blueprint.post("/tags")
@access.brand_screen("subscriber.edit")
def tag() -> Response:
    """Tag everybody the list is narrowed to."""
    name = reading.read(forms.PutForm, request.form).put
    n = tagging.put_on_all(*_everybody_found(), name, access.current().now)
    notices.tell(
        say_n("%(n)s person got the tag %(tag)s.", "%(n)s people got the tag %(tag)s.", n, tag=name)
    )
    return _list_again()


@blueprint.post("/tags/removal")
@access.brand_screen("subscriber.edit")
def untag() -> Response:
    """Take a tag off everybody the list is narrowed to."""
    name = reading.read(forms.TakeForm, request.form).take
    n = tagging.take_off_all(*_everybody_found(), name, access.current().now)
    notices.tell(
        say_n(
            "%(n)s person lost the tag %(tag)s.", "%(n)s people lost the tag %(tag)s.", n, tag=name
        )
    )
    return _list_again()


@blueprint.post("/export")
@access.brand_screen("subscriber.export")
def export() -> Response:
    """A POST, because the audit log keeps who took the list out."""
    asking = access.current()
    db, brand_id, actor, chosen = _everybody_found()
    exporting.record(db, brand_id, actor, chosen, asking.now)
    rows = exporting.rows(db, brand_id, chosen, asking.now)
    return csv_answers.answer(rows, f"subscribers-{asking.now:%Y-%m-%d}.csv")


def _everybody_found() -> tuple[Database, int, Actor, Selection]:
    """In transactions of its own: nothing may be read in the request's, which
    would hold them up."""
    asking = access.current()
    return asking.house.db, asking.brand.id or 0, asking.actor, Selection(_search())


def _list_again() -> Response:
    given: dict[str, Any] = {**_given()}
    return htmx.redirect(url_for(".index", **given))


def _search() -> Search:
    """A part of the address that means nothing narrows nothing."""
    try:
        return reading.read(forms.SearchForm, request.values).search()
    except Invalid as wrong:
        kept = {name: value for name, value in _given().items() if name not in wrong.errors}
        return reading.check(forms.SearchForm, kept).search()


def _given() -> dict[str, str]:
    names = forms.SearchForm.model_fields
    return {name: value for name in names if (value := request.values.get(name, "").strip())}


def _countries(codes: Iterable[str]) -> list[tuple[str, str]]:
    return [(code, formats.country_name(code, language.locale())) for code in codes]

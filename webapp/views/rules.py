"""The platforms' rules of a day, as people read them: with source, and whom each one touches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain import rulebook_difference
from webapp.domain.errors import Refused
from webapp.domain.policy.rulebook import Rulebook, RulebookError
from webapp.domain.wording import say
from webapp.forms import rules as forms
from webapp.forms.rules import Asked
from webapp.services import rulebooks as books
from webapp.services import touching
from webapp.services.touching import Ground
from webapp.store import rulebooks
from webapp.views import access, htmx, rule_lists

blueprint = Blueprint("rules", __name__, url_prefix="/b/<brand_slug>/rules")
PLATFORMS = (
    ("messenger", say("Messenger")),
    ("instagram", say("Instagram")),
    ("whatsapp", say("WhatsApp")),
)


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    """`show` is holds, coming, changed or book; `book` another version than the one in force.

    Whom the rules touch is counted when `counts=1`. The page asks for that once it is shown and
    nobody types any more; in a very large brand it waits for a click.
    """
    asking = access.current()
    today = asking.now.astimezone(UTC).date()
    in_force = books.current(asking.session, asking.house)
    book = _book(in_force)
    asked = forms.read(request.args, today, book.first_day)
    counting = asked.counts and book is in_force
    ground = _ground(asked, book) if counting else None
    return htmx.render(
        "rules/index.html",
        "results",
        status=htmx.UNPROCESSABLE if asked.errors else 200,
        asked=asked,
        today=today,
        book=book,
        in_force=in_force,
        platforms=PLATFORMS,
        ground=ground,
        counts_itself=touching.is_quick(asking.session),
        address=_address(asked),
        is_part=htmx.is_fragment(),
        coming=len(rule_lists.changes(book, asked.day, date.max, asked.platform, "")),
        **_shown(asked, book, ground),
    )


def _book(in_force: Rulebook) -> Rulebook:
    """The one asked for, else the one in force."""
    version = request.args.get("book", "").strip()
    if version in ("", in_force.version):
        return in_force
    asking = access.current()
    try:
        return books.kept(asking.session, asking.house, version)
    except RulebookError as error:
        raise Refused(error.sentence) from error


def _ground(asked: Asked, book: Rulebook) -> Ground:
    asking = access.current()
    at = datetime.combine(asked.day, time(), UTC)
    return touching.survey(asking.session, asking.brand, asked.platform, at, book, asking.now)


def _shown(asked: Asked, book: Rulebook, ground: Ground | None) -> dict[str, Any]:
    if asked.errors:
        return {"groups": [], "days": []}
    if asked.show == "book":
        return _books(book)
    if asked.show == "holds":
        return {"groups": _groups(asked, book, ground)}
    coming = asked.show == "coming"
    since, until = (asked.day, date.max) if coming else (asked.since, asked.until)
    found = rule_lists.changes(book, since, until, asked.platform, asked.words)
    touched = touching.of_changes(ground, found) if ground else {}
    numbers = rule_lists.amounts(book, since, until, asked.platform, asked.words)
    days = rule_lists.days(found, touched, numbers)
    return {"days": days if coming else days[::-1], "price": rule_lists.price}


def _groups(asked: Asked, book: Rulebook, ground: Ground | None) -> list[Any]:
    day = book.holding(datetime.combine(asked.day, time(), UTC))
    found = rule_lists.rules(day, asked.platform, asked.words)
    touched = touching.of_rules(ground, found, asked.day) if ground else {}
    return rule_lists.groups(found, touched)


def _books(book: Rulebook) -> dict[str, Any]:
    """Every book kept here, when each was in force, and what differs in the one that is read."""
    asking = access.current()
    in_force = books.current(asking.session, asking.house)
    return {
        "kept": rulebooks.everyone(asking.session),
        "terms": rulebooks.terms(asking.session),
        "differences": rulebook_difference.between(book, in_force),
    }


def _address(asked: Asked) -> Callable[..., str]:
    """The screen as it is asked for, to be asked again with something else."""
    given = {
        "show": asked.show,
        "platform": asked.platform,
        "at": asked.day.isoformat(),
        "from": asked.since.isoformat(),
        "to": asked.until.isoformat(),
        "q": asked.words,
        "book": asked.version,
    }

    def address(**other: str) -> str:
        wanted = {**given, **other}
        useless = {"at"} if wanted["show"] == "changed" else {"from", "to"}
        values: dict[str, Any] = {k: v for k, v in wanted.items() if v and k not in useless}
        return url_for("rules.index", **values)

    return address

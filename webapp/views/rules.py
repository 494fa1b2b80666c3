"""The platforms' rules of a day, as people read them, each with its source."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from flask import Blueprint, Response, request

from webapp.domain.policy.rulebook import Change, Rule, Rulebook
from webapp.domain.wording import Sentence, say
from webapp.views import access, htmx

blueprint = Blueprint("rules", __name__, url_prefix="/b/<brand_slug>/rules")
BEHIND = timedelta(days=365)
AHEAD = timedelta(days=365)
PLATFORMS = (
    ("messenger", say("Messenger")),
    ("instagram", say("Instagram")),
    ("whatsapp", say("WhatsApp")),
)
GROUPS = {
    "standard": say("Standard: inside the window"),
    "subscription": say("Subscription: to an opt-in topic"),
    "sponsored": say("Sponsored: paid"),
    "utility": say("Utility: approved templates"),
    "every": say("Every message"),
    "none": say("Good to know: about no broadcast"),
}


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    """`at` is a date, anything else means today; `show` is holds, coming or changed."""
    asking = access.current()
    today = asking.now.astimezone(UTC).date()
    day = _day(request.args.get("at", ""), today)
    platform = request.args.get("platform", "messenger")
    book = asking.house.book
    holding = book.holding(datetime.combine(day, time(), UTC)).rules
    shown = request.args.get("show", "holds")
    return htmx.render(
        "rules/index.html",
        "results",
        day=day,
        today=today,
        first_day=book.first_day,
        platform=platform,
        platforms=PLATFORMS,
        groups=_grouped(rule for rule in holding if rule.platform in (platform, "any")),
        coming=_changes(book, day, day + AHEAD, platform),
        changed=_changes(book, day - BEHIND, day, platform)[::-1],
        shown=shown if shown in ("coming", "changed") else "holds",
        version=book.version,
    )


def _day(text: str, today: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today


def _changes(book: Rulebook, since: date, until: date, platform: str) -> list[Change]:
    found = ((change, change.after or change.before) for change in book.changes(since, until))
    return [c for c, rule in found if rule is not None and rule.platform in (platform, "any")]


def _grouped(rules: Iterable[Rule]) -> list[tuple[Sentence, list[Rule]]]:
    """By the kind of message they are about, in the order people know the kinds."""
    order = list(GROUPS)
    ordered = sorted(rules, key=lambda rule: (order.index(_group(rule)), rule.id))
    return [(GROUPS[name], list(found)) for name, found in groupby(ordered, key=_group)]


def _group(rule: Rule) -> str:
    if not rule.kinds:
        return "none"
    if len(rule.kinds) > 1:
        return "every"
    return next(iter(rule.kinds)).value

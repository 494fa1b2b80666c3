"""Rules and changes in the order people read them: by kind of message, and by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from webapp.domain import rulebook_difference
from webapp.domain.policy.rulebook import Change, Rule, Rulebook
from webapp.domain.policy.rules.row import ANY
from webapp.domain.rulebook_difference import Amount, Point
from webapp.domain.wording import Sentence, say
from webapp.services.touching import Touch
from webapp.views import language

GROUPS = {
    "standard": say("Standard: inside the window"),
    "subscription": say("Subscription: to an opt-in topic"),
    "sponsored": say("Sponsored: paid"),
    "utility": say("Utility: approved templates"),
    "every": say("Every message"),
    "none": say("Good to know: about no broadcast"),
}
PARAMS = "params."


@dataclass(frozen=True)
class Entry:
    """One rule on the page; `anchor` is its id, once a page. `touch` None: not counted."""

    rule: Rule
    anchor: str | None
    touch: Touch | None


@dataclass(frozen=True)
class Turn:
    """One change on the page: `rule` is what follows, or what ends."""

    change: Change
    rule: Rule
    becomes: str  # begins | ends | changes
    params: Sequence[Point]
    touch: Touch | None


def groups(
    rules: Iterable[Rule], touched: Mapping[int, Touch]
) -> list[tuple[str, Sentence, list[Entry]]]:
    """By the kind of message they are about, in the order people know the kinds."""
    order = list(GROUPS)
    ordered = sorted(rules, key=lambda rule: (order.index(_group(rule)), rule.id))
    seen: set[str] = set()
    return [
        (name, GROUPS[name], [_entry(rule, seen, touched) for rule in found])
        for name, found in groupby(ordered, key=_group)
    ]


def days(
    changes: Iterable[Change], touched: Mapping[int, Touch], amounts: Iterable[Amount]
) -> list[tuple[date, list[Turn], list[Amount]]]:
    """By day, the earliest first: what becomes of rules, and of prices and limits."""
    found: dict[date, tuple[list[Turn], list[Amount]]] = {}
    for change in changes:
        turns, _ = found.setdefault(change.day, ([], []))
        turns.append(_turn(change, touched.get(id(change))))
    for amount in amounts:
        _, numbers = found.setdefault(amount.day, ([], []))
        numbers.append(amount)
    return [(day, *found[day]) for day in sorted(found)]


def amounts(book: Rulebook, since: date, until: date, platform: str, words: str) -> list[Amount]:
    """Prices and limits of the platform; with the words somewhere in them."""
    wanted = words.casefold().split()
    return [
        it
        for it in rulebook_difference.amounts(book, since, until, platform)
        if all(word in f"{it.row.id} {it.row.note} {it.row.source}".casefold() for word in wanted)
    ]


def price(micros: str) -> str:
    """The numbers of one market of a card ("62500, 6800") as money without its currency."""
    return " / ".join(f"{int(it) / 1_000_000:.4f}" for it in micros.split(", ") if it)


def changes(book: Rulebook, since: date, until: date, platform: str, words: str) -> list[Change]:
    """Of the platform or of every one; with the words somewhere in them."""
    found = (
        (it, [row for row in (it.after, it.before) if row]) for it in book.changes(since, until)
    )
    return [
        it
        for it, rows in found
        if rows[0].platform in (platform, ANY) and any(_says(row, words) for row in rows)
    ]


def rules(book: Rulebook, platform: str, words: str) -> list[Rule]:
    """The same of a book's slice of one day."""
    return [it for it in book.rules if it.platform in (platform, ANY) and _says(it, words)]


def _entry(rule: Rule, seen: set[str], touched: Mapping[int, Touch]) -> Entry:
    anchor = None if rule.id in seen else rule.id
    seen.add(rule.id)
    return Entry(rule, anchor, touched.get(id(rule)))


def _turn(change: Change, touch: Touch | None) -> Turn:
    before, after = change.before, change.after
    if before is None or after is None:
        rule = after or before
        assert rule is not None  # noqa: S101  # a change has a row before or a row after
        return Turn(change, rule, "ends" if after is None else "begins", (), touch)
    points = rulebook_difference.points(before, after)
    params = [
        Point(it.field.removeprefix(PARAMS), it.before, it.after)
        for it in points
        if it.field.startswith(PARAMS)
    ]
    return Turn(change, after, "changes", params, touch)


def _group(rule: Rule) -> str:
    if not rule.kinds:
        return "none"
    if len(rule.kinds) > 1:
        return "every"
    return next(iter(rule.kinds)).value


def _says(rule: Rule, words: str) -> bool:
    """Every word somewhere in what people read of the rule, in their language or the book's."""
    if not words:
        return True
    sentence = language.translate(rule.sentence)
    said = f"{rule.id} {sentence} {rule.sentence} {rule.note} {rule.source}".casefold()
    return all(word in said for word in words.casefold().split())

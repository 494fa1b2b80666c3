"""A broadcast's reach at each coming hour, by the same decisions as its plan."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.domain import forecast, hour_spans, hourly_turns, reopening, spending
from webapp.domain import reach_findings as findings
from webapp.domain.broadcast import Kind
from webapp.domain.forecast import Era, Hours, Known, Standing
from webapp.domain.hourly_turns import Moments, Turns
from webapp.domain.house_rules import HouseRules
from webapp.domain.policy.engine import ROUTES_OF_KIND, Question
from webapp.domain.policy.rulebook import Rulebook, day_of
from webapp.domain.reopening import Expected, Thin
from webapp.domain.spending import Curve, Share
from webapp.domain.wording import Sentence
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.services import asking, hour_standings, house_rules, recipients
from webapp.services.asking import Asked
from webapp.store import departures, rollups
from webapp.store.standings import Look

FURTHEST = timedelta(days=8)  # of the hours a forecast is made for


@dataclass(frozen=True)
class _Days:
    """Turns at which the same rules hold with the same spacing: one pass over the people."""

    first: int
    asked: Asked


@dataclass(frozen=True)
class Chosen:
    """The time a person chose: who is known to be reached then, and how many may join them."""

    at: datetime
    audience: int
    known: int
    expected: int


@dataclass(frozen=True)
class Reach:
    """`expected` is None for a kind that nobody's message makes reachable; `best` the hour that
    reaches most, None when none reaches anybody."""

    known: Known
    expected: Expected | Thin | None
    best: int | None
    chosen: Chosen | None

    @property
    def hours(self) -> Hours:
        return self.known.hours

    def people(self, hour: int) -> int:
        """Known and expected together."""
        joining = self.expected.people[hour] if isinstance(self.expected, Expected) else 0
        return self.known.reached[hour] + joining


def reach(
    session: Session,
    broadcast: Broadcast,
    hours: Hours,
    book: Rulebook,
    now: datetime,
    chosen_at: datetime | None = None,
) -> Reach:
    """Raises Invalid for a segment that cannot be read."""
    found = known(session, broadcast, hours, book, past=hours.first < now)
    expected = _expected(session, broadcast, found, book, now)
    made = Reach(found, expected, None, None)
    house = house_rules.of(session.get_one(Brand, broadcast.brand_id))
    awake = [hour for hour in range(hours.count) if not is_quiet(house, hours.at(hour))]
    best = max(awake, key=made.people, default=None) if any(found.reached) else None
    if best is not None and not made.people(best):
        best = None
    chosen = None
    if chosen_at is not None:
        chosen = _chosen(session, broadcast, made, hour_spans.whole(chosen_at), book)
    return replace(made, best=best, chosen=chosen)


def is_quiet(house: HouseRules, at: datetime) -> bool:
    """No hour is called the best in which the brand itself is asleep."""
    return house.quiet is not None and house.quiet.is_quiet(at, house.zone)


def known(
    session: Session, broadcast: Broadcast, hours: Hours, book: Rulebook, *, past: bool = False
) -> Known:
    """What `planning.forecast` says of each hour for everyone at once, in one pass over the
    audience (one more where a rule changes the spacing within these hours). `past`: some of these
    hours have passed."""
    return _known(session, broadcast, hours, book, _turns(session, broadcast, hours), past)


def _known(
    session: Session,
    broadcast: Broadcast,
    hours: Hours,
    book: Rulebook,
    turns: Turns,
    past: bool = False,  # noqa: FBT001, FBT002 - of the hours
) -> Known:
    eras = list(_eras(session, broadcast, turns.moments, book))
    deciding = [Era(era.first, era.asked.decide) for era in eras]
    parts = []
    for begin, end in _passes(eras, turns.moments):
        asked = next(era.asked for era in eras if era.first == begin)
        look = _look(hours, turns, eras, asked, book, past=past)
        people = _people(session, broadcast, look)
        parts.append(forecast.known(hours, people, deciding, turns.clocks, (begin, end)))
    return forecast.added(parts)


def _turns(session: Session, broadcast: Broadcast, hours: Hours) -> Turns:
    house = house_rules.of(session.get_one(Brand, broadcast.brand_id))
    if house.quiet is None:
        return hourly_turns.at_once(hours)
    return hourly_turns.turns(hours, house, departures.zones(session, broadcast.channel_id))


def cost(session: Session, broadcast: Broadcast, at: datetime, book: Rulebook) -> Curve:
    """Cumulative cost against reach at a moment, the cheapest first."""
    hours = Hours(hour_spans.whole(at), 1)
    turns = _turns(session, broadcast, hours)
    eras = list(_eras(session, broadcast, turns.moments, book))
    look = _look(hours, turns, eras, eras[0].asked, book)
    return spending.curve(_shares(_people(session, broadcast, look), eras, turns))


def _look(
    hours: Hours,
    turns: Turns,
    eras: Sequence[_Days],
    asked: Asked,
    book: Rulebook,
    *,
    past: bool = False,
) -> Look:
    facets = frozenset[str]().union(*(_facets(era.asked.question, book) for era in eras))
    view = asked.view
    return Look(
        hours, turns, facets, view.topic_id, view.paid, view.spacing, view.general, past, view.cap
    )


def _people(session: Session, broadcast: Broadcast, look: Look) -> Mapping[Standing, int]:
    tree = recipients.rule_of(session, broadcast)
    return hour_standings.people(session, look, tree, broadcast.channel_id)


def _shares(people: Mapping[Standing, int], eras: Sequence[_Days], turns: Turns) -> Iterator[Share]:
    """Of the one hour there is."""
    for standing, n in people.items():
        clock = turns.clocks[standing.clock]
        turn = clock.places[0]
        asked = next(era.asked for era in reversed(eras) if era.first <= turn)
        decided = asked.decide(standing.code(turn))
        if decided.allowed and standing.inside and not clock.asleep:
            market = standing.region.name if decided.price_micros else ""
            yield Share(n, decided.price_micros, decided.route, market)


def _expected(
    session: Session, broadcast: Broadcast, found: Known, book: Rulebook, now: datetime
) -> Expected | Thin | None:
    """Made for a week, since that is what is back-tested."""
    if not any(found.closed) or found.hours.at(found.hours.count - 1) > now + FURTHEST:
        return None
    brand = session.get_one(Brand, broadcast.brand_id)
    house = house_rules.of(brand)
    open_now = found.by_message
    if house.quiet or abs(found.hours.first - now) > forecast.HOUR:
        this = Hours(hour_spans.whole(now), 1)
        open_now = _known(session, broadcast, this, book, hourly_turns.at_once(this)).by_message
    inbound = rollups.inbound(session, broadcast.channel_id, now - reopening.HISTORY)
    own = hourly_turns.turns(found.hours, house, ())
    turns = [own.at(hour) for hour in range(found.hours.count)]
    return reopening.expected(inbound, found, now, ZoneInfo(brand.timezone), open_now, turns)


def _chosen(
    session: Session, broadcast: Broadcast, made: Reach, at: datetime, book: Rulebook
) -> Chosen:
    """Known to the second; the forecast is that of its hour."""
    hour = made.hours.holding(at)
    then = known(session, broadcast, Hours(at, 1), book)
    expected = made.expected
    joining = expected.people[hour] if hour is not None and isinstance(expected, Expected) else 0
    return Chosen(at, then.audience[0], then.reached[0], joining)


def _eras(
    session: Session, broadcast: Broadcast, moments: Moments, book: Rulebook
) -> Iterator[_Days]:
    """A new one begins with the day (in UTC, as the rules' days) on which anything but the time
    itself is another question."""
    before: object = None
    for turn in _new_days(moments):
        asked = asking.about(session, broadcast, moments.at(turn), book)
        today = book.holding(asked.question.at)
        same = (
            replace(asked.question, at=moments.first),
            replace(asked.view, at=moments.first),
            today.rules,
            today.cards,
        )
        if same != before:
            yield _Days(turn, asked)
        before = same


def _new_days(moments: Moments) -> list[int]:
    """The first turn, and each on another day than the one before it."""
    days = [day_of(moments.at(turn)) for turn in range(moments.size)]
    return [n for n, day in enumerate(days) if n == 0 or day != days[n - 1]]


def _passes(eras: Sequence[_Days], moments: Moments) -> Iterator[tuple[int, int]]:
    """The stretches of turns for which one look at the people is enough."""
    begin = 0
    for before, era in itertools.pairwise(eras):
        if era.asked.view.spacing != before.asked.view.spacing:
            yield begin, era.first
            begin = era.first
    yield begin, moments.size


def _facets(question: Question, book: Rulebook) -> frozenset[str]:
    """What the rules of this kind and its prices look at in a person; the region always."""
    routes = ROUTES_OF_KIND[Kind(question.kind)]
    today = book.holding(question.at)
    rules_of = (
        rule
        for rule in today.rules
        if any(rule.concerns(question.platform, question.kind, route) for route in routes)
    )
    cards = (book.card(question.at, route, question.platform) for route in routes)
    clauses = itertools.chain(
        (clause for rule in rules_of for clause in rule.clauses),
        (free.clause for card in cards if card for free in card.free),
    )
    return frozenset({"region"}).union(*((name for name, _ in it.when) for it in clauses))


def finding(found: Reach) -> Sentence:
    """The best hour in words, against the time somebody chose: where a forecast is part of it,
    only against a time that has one too."""
    chosen, best = found.chosen, found.best
    if isinstance(found.expected, Expected) and chosen and found.hours.holding(chosen.at) is None:
        chosen = None
    if best is None:
        return findings.best(None, 0, 0)
    return findings.best(
        found.hours.at(best),
        found.people(best),
        found.known.reached[best],
        chosen.known + chosen.expected if chosen else None,
        chosen_is_best=chosen is not None and chosen.at == found.hours.at(best),
    )

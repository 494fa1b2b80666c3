"""A broadcast decided again under the rules of another day, with the people as they are.

Only the rules are of the other day. A planned broadcast is tried with the people its plan counts,
at the time it is set for, or each at their own turn where the brand has quiet hours or they go by
their own clocks. One that has begun is tried with its ledger: each row keeps the situation
it was decided in, and every distinct one is decided again. What was sent stays sent; a message the
platform refused, or that the budget or a person stopped, is not sent by other rules either. The
brand (its country, its ad account) is the one of today: a row keeps the person's side only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlmodel import Session

from webapp.domain.backtest import Backtest, Fate, fate_of
from webapp.domain.broadcast import Kind
from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import Invalid
from webapp.domain.policy import engine
from webapp.domain.policy.rulebook import Change, Rulebook, day_of
from webapp.domain.policy.rules.row import ANY
from webapp.domain.policy.verdict import Decision, Route
from webapp.domain.segment import Node
from webapp.domain.wording import say
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.services import asking, departing, pairing, preflight, reasons, recipients
from webapp.services.asking import Asked
from webapp.services.departing import Answer
from webapp.services.reasons import Explained
from webapp.store import backtests, broadcasts, occurrences, rule_alarms
from webapp.store.backtests import Rows

WRITTEN_TO = frozenset(
    {DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENT, DeliveryState.UNKNOWN}
)
REFUSED = say("The platform did not accept the message.")


@dataclass(frozen=True)
class Turn:
    """A day on which rules about a kind of message begin, end or change."""

    day: date
    changes: Sequence[Change]


def backtest(
    session: Session, broadcast: Broadcast, day: date, book: Rulebook, now: datetime
) -> Backtest:
    """Raises Invalid for a day before the book, and for an audience that cannot be read."""
    require_in_book(day, book)
    run = occurrences.latest(session, broadcast.id or 0)
    if run is None or run.started_at is None:
        return _of_plan(session, broadcast, preflight.moment(broadcast, now), day, book)
    return _of_ledger(session, broadcast, run.started_at, day, book)


def require_in_book(day: date, book: Rulebook) -> None:
    """Raises Invalid for a day before the first rule."""
    if day < book.first_day:
        first = book.first_day
        sentence = say("The rulebook begins on %(day)s. Choose that day or a later one.", day=first)
        raise Invalid({"at": [sentence]})


def planned(session: Session, now: datetime) -> list[Broadcast]:
    """Everything that may still go out as it was planned, the soonest first."""
    found = broadcasts.page(session, rule_alarms.PLANNED, limit=1000)
    return sorted(found, key=lambda row: (preflight.moment(row, now), row.id or 0))


def own_day(session: Session, broadcast: Broadcast, now: datetime) -> date:
    """The day whose rules a broadcast is planned or was sent under."""
    run = occurrences.latest(session, broadcast.id or 0)
    begun = run.started_at if run else None
    return day_of(begun or preflight.moment(broadcast, now))


def turns(session: Session, broadcast: Broadcast, book: Rulebook) -> list[Turn]:
    """The days on which the rules about such a broadcast change, latest first."""
    channel = session.get_one(Channel, broadcast.channel_id)
    return turns_of(book, channel.platform, Kind(broadcast.kind))


def turns_of(book: Rulebook, platform: str, kind: Kind) -> list[Turn]:
    by_day: dict[date, list[Change]] = {}
    for change in book.changes(date.min, date.max):
        if _concerns(change, platform, kind):
            by_day.setdefault(change.day, []).append(change)
    return [Turn(day, by_day[day]) for day in sorted(by_day, reverse=True)]


def coming(book: Rulebook, today: date) -> list[date]:
    """The days after `today` on which a rule or a price changes that decides about sending."""
    turned = book.changes(today, date.max)
    rows = ((change.day, change.after or change.before) for change in turned)
    return sorted({day for day, row in rows if row is not None and row.decides})


def known_until(book: Rulebook) -> date:
    """The last day on which a rule is known to change."""
    return max(change.day for change in book.changes(date.min, date.max))


def under(session: Session, broadcast: Broadcast, at: datetime, day: date, book: Rulebook) -> Asked:
    """The rules of `day` about people as they are at `at`; what a rule counts with (the spacing of
    tokens) is of that day too."""
    moment = datetime.combine(day, at.astimezone(UTC).timetz())
    asked = asking.about(session, broadcast, moment, book)
    return replace(asked, view=replace(asked.view, at=at))


def _of_plan(
    session: Session, broadcast: Broadcast, at: datetime, day: date, book: Rulebook
) -> Backtest:
    own, other = (under(session, broadcast, at, it, book) for it in (day_of(at), day))
    node = recipients.rule_of(session, broadcast)
    people: Counter[tuple[Fate, Fate]] = Counter()
    before = after = 0
    for was, would, n in _pairs(session, broadcast, at, own, other, node):
        people[fate_of(was.decided, was.reason), fate_of(would.decided, would.reason)] += n
        before += n * _price(was)
        after += n * _price(would)
    refused = engine.refuse_kind(other.question, book)
    already = engine.refuse_kind(own.question, book)
    return Backtest(
        day, day_of(at), at, sent=False, people=people, cost_before=before, cost_after=after,
        refused_by=refused if already is None else None,
    )  # fmt: skip


def _pairs(
    session: Session,
    broadcast: Broadcast,
    at: datetime,
    own: Asked,
    other: Asked,
    node: Node,
) -> Iterator[tuple[Answer, Answer, int]]:
    """What becomes of people by one day's rules and by another's, each at their own turn."""
    channel, until = broadcast.channel_id, None
    chosen = departing.chosen_schedule(broadcast)
    table = departing.timetable_of(session, broadcast, chosen, at)
    if table.at_once:
        until = table.awaits_until
        found = pairing.at_once(session, node, own.view, other.view, channel)
        for (one, two), n in found.items():
            yield departing.at_once(own, one, until), departing.at_once(other, two, until), n
        return
    going = departing.journey(session, broadcast, table, own)
    under_other = departing.under(going, other.question.at - own.question.at)
    counted = pairing.in_turns(session, node, at, going.legs, under_other.legs, channel)
    for (leg, *codes), n in counted.items():
        yield going.answer(leg, *codes[:2]), under_other.answer(leg, *codes[2:]), n


def _price(answer: Answer) -> int:
    return answer.decided.price_micros if answer.allowed else 0


def _of_ledger(
    session: Session, broadcast: Broadcast, at: datetime, day: date, book: Rulebook
) -> Backtest:
    other = under(session, broadcast, at, day, book)
    ruled = reasons.of_broadcast(session, broadcast.id or 0)
    people: Counter[tuple[Fate, Fate]] = Counter()
    before = after = 0
    for row in backtests.ledger(session, broadcast.id or 0):
        decided = None if row.situation is None else other.decide(row.situation)
        was = _happened(row, ruled)
        would = _would(row, was, decided)
        people[was, would] += row.people
        before += _cost(was, row.price_micros) * row.people
        price = row.price_micros if decided is None else decided.price_micros
        after += _cost(would, price) * row.people
    return Backtest(
        day, day_of(at), at, sent=True, people=people, cost_before=before, cost_after=after
    )


def _happened(row: Rows, ruled: Mapping[str, Explained]) -> Fate:
    if row.state in WRITTEN_TO:
        return Fate(Route(row.route), row.route)
    if row.state is DeliveryState.FAILED:
        return Fate(Route.NONE, "failed", REFUSED)
    found = reasons.explain(row.reason or "", ruled)
    return Fate(Route.NONE, found.code, found.words, found.source)


def _would(row: Rows, was: Fate, decided: Decision | None) -> Fate:
    """Other rules free only those whom a rule kept out."""
    if decided is None:
        return was
    ruled_out = row.state is DeliveryState.SKIPPED and was.code not in reasons.OWN
    if decided.allowed and was.route is Route.NONE and not ruled_out:
        return was
    return fate_of(decided)


def _cost(fate: Fate, price_micros: int) -> int:
    return 0 if fate.route is Route.NONE else price_micros


def _concerns(change: Change, platform: str, kind: Kind) -> bool:
    rows = [row for row in (change.before, change.after) if row is not None]
    return any(
        row.decides and row.platform in (platform, ANY) and kind in row.kinds for row in rows
    )

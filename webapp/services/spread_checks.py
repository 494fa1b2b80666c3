"""What spreading a broadcast comes to: how fast, until when, and whom it reaches too late."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyroaring import BitMap64
from sqlalchemy import ColumnElement
from sqlmodel import Session

from webapp.domain import spread
from webapp.domain.errors import Invalid
from webapp.domain.finding import Line, Mood, Step
from webapp.domain.house_rules import HouseRules
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.verdict import Route
from webapp.domain.schedule import Mode, Schedule
from webapp.domain.wording import Sentence, say, say_n
from webapp.domain.zone import zone_named
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.services import asking, house_rules, recipients
from webapp.services import situations as sets
from webapp.services.planning import Forecast
from webapp.services.situations import Sorting
from webapp.store import id_lists, segments, spreads
from webapp.store import situations as rows
from webapp.store.audience_ladders import Ladder

FINE = 20  # parts of the period: ends that lie closer than one of them are one for the estimate


@dataclass(frozen=True)
class Closing:
    """People whose windows close within the period, and how many of them are likely to have their
    turn after that. An estimate: who has which turn is not known before the start."""

    people: int
    late: int


def closing(
    session: Session, broadcast: Broadcast, chosen: Schedule | None, at: datetime, book: Rulebook
) -> Closing | None:
    """Of a start then; None where nothing is spread, or the segment cannot be read any more."""
    if chosen is None or chosen.spread_minutes is None:
        return None
    asked, over = (
        asking.about(session, broadcast, at, book),
        timedelta(minutes=chosen.spread_minutes),
    )
    try:
        node = recipients.rule_of(session, broadcast)
    except Invalid:
        return None
    channel = broadcast.channel_id
    sorting = sets.at_hand(session, node, asked.view, channel)
    if sorting is None:
        clause = segments.clause(session, node, at)
        codes = sets.tally(session, node, asked.view, channel)
        people, open_for = _by_rows(session, asked, codes, clause, channel, at + over)
    else:
        people, open_for = _by_sets(session, asked, sorting, channel, at + over)
    return Closing(people, spread.likely_lost(people, open_for, over))


def _by_sets(
    session: Session, asked: asking.Asked, sorting: Sorting, channel_id: int, until: datetime
) -> tuple[int, timedelta]:
    groups = sorting.groups(asked.view, channel_id)
    sure = [people for code, people in groups.items() if _by_window(asked, code)]
    chosen = BitMap64.union(BitMap64(), *sure) & sorting.closing(until)
    open_for = _open_for(session, chosen, sorting.ends, asked.view.at, until)
    if not sorting.unsure:
        return len(chosen), open_for
    clause = id_lists.people(session, list(sorting.unsure))
    codes = rows.tally(session, asked.view, clause, channel_id)
    people, more = _by_rows(session, asked, codes, clause, channel_id, until)
    return len(chosen) + people, open_for + more


def _open_for(
    session: Session, people: BitMap64, ends: Ladder, at: datetime, until: datetime
) -> timedelta:
    """As `spreads.open_for`, of people who come to their end at about the same time together."""
    together, summed = list[BitMap64](), timedelta()
    for rung in ends.rungs:
        near = rung.high > at and rung.high - rung.low <= (until - at) / FINE
        if near and (here := rung.people & people):
            together.append(here)
            summed += len(here) * (rung.low + (rung.high - rung.low) / 2 - at)
    others = people - BitMap64.union(BitMap64(), *together)
    return summed + spreads.open_for(session, list(others), at)


def _by_rows(
    session: Session,
    asked: asking.Asked,
    codes: Iterable[int],
    clause: ColumnElement[bool],
    channel_id: int,
    until: datetime,
) -> tuple[int, timedelta]:
    by_window = {it for it in codes if _by_window(asked, it)}
    return spreads.closing(session, asked.view, by_window, clause, channel_id, until)


def lines(
    session: Session,
    broadcast: Broadcast,
    chosen: Schedule,
    at: datetime,
    forecast: Forecast | None,
    late: Closing | None,
) -> Iterator[Line]:
    """The schedule's lines of the check about it."""
    if chosen.spread_minutes is None:
        return
    over = timedelta(minutes=chosen.spread_minutes)
    yield Line(Mood.GOOD, _pace(chosen, at, forecast), Step.SCHEDULE)
    channel = session.get_one(Channel, broadcast.channel_id)
    rate = min(channel.rate_per_second, broadcast.rate_per_second or channel.rate_per_second)
    if forecast is not None and forecast.reached > rate * over.total_seconds():
        yield Line(Mood.WARN, _too_many(rate, forecast.reached), Step.SCHEDULE)
    if late is not None and late.people:
        yield Line(Mood.WARN, _late(late), Step.SCHEDULE)
    for sentence in _quiet(house_rules.of_broadcast(session, broadcast), chosen, at, over):
        yield Line(Mood.WARN, sentence, Step.SCHEDULE)


def _by_window(asked: asking.Asked, code: int) -> bool:
    decided = asked.decide(code)
    return decided.allowed and decided.route is Route.WINDOW


def _pace(chosen: Schedule, at: datetime, forecast: Forecast | None) -> Sentence:
    minutes = chosen.spread_minutes or 0
    hourly = math.ceil((forecast.reached if forecast else 0) * 60 / minutes)
    if chosen.mode is Mode.AT:
        until = (at + timedelta(minutes=minutes)).astimezone(zone_named(chosen.zone))
        return say(
            "It is spread evenly until %(until)s: about %(hourly)s an hour.",
            until=until, hourly=hourly,
        )  # fmt: skip
    if chosen.repeats is not None:
        return say(
            "Each time it is spread evenly over %(minutes)s minutes: about %(hourly)s an hour.",
            minutes=minutes, hourly=hourly,
        )  # fmt: skip
    return say(
        "It is spread evenly over the %(minutes)s minutes after its start: about %(hourly)s an "
        "hour.",
        minutes=minutes, hourly=hourly,
    )  # fmt: skip


def _too_many(rate: int, people: int) -> Sentence:
    return say(
        "At most %(rate)s a second go out on this channel: for %(people)s people that takes about "
        "%(minutes)s minutes, longer than it is to be spread over.",
        rate=rate, people=people, minutes=math.ceil(people / rate / 60),
    )  # fmt: skip


def _late(late: Closing) -> Sentence:
    return say_n(
        "The window of %(n)s person closes before the spreading ends. Whose turn comes after that "
        "is skipped: about %(late)s, an estimate.",
        "The windows of %(n)s people close before the spreading ends. Whose turn comes after that "
        "is skipped: about %(late)s of them, an estimate.",
        late.people, late=late.late,
    )  # fmt: skip


def _quiet(kept: HouseRules, chosen: Schedule, at: datetime, over: timedelta) -> Iterator[Sentence]:
    """By the clocks of its zone; of everyone else's the claim takes care."""
    quiet = kept.quiet
    if quiet is None:
        return
    turns = quiet.turns(at, at + over, chosen.zone)
    if not any(quiet.is_quiet(moment, chosen.zone) for moment in (at, *turns)):
        return
    if quiet.skips:
        yield say("Quiet hours begin or end while it is spread: whoever sleeps at their turn is "
                  "skipped.")  # fmt: skip
    else:
        yield say("Quiet hours begin or end while it is spread: whoever sleeps at their turn gets "
                  "it when these end; after the spreading, as fast as the channel "
                  "allows.")  # fmt: skip

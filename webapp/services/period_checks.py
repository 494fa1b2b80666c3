"""What waiting for windows comes to: who goes at the start, who waits, and what is in its way."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import Session

from webapp.domain.broadcast import Kind
from webapp.domain.finding import Line, Mood, Step, bad
from webapp.domain.house_rules import HouseRules
from webapp.domain.period import Period
from webapp.domain.reopening import Expected
from webapp.domain.schedule import Schedule
from webapp.domain.wording import Sentence, say, say_n
from webapp.models.broadcast import Broadcast
from webapp.services import house_rules
from webapp.services.planning import Forecast
from webapp.services.reach_by_hour import Reach


def lines(
    session: Session, broadcast: Broadcast, chosen: Schedule, forecast: Forecast | None
) -> Iterator[Line]:
    """The schedule's lines of the check."""
    if chosen.period is None:
        return
    if broadcast.kind != Kind.STANDARD:
        words = say(
            "Only a standard message waits for windows: what this kind needs is another thing. "
            "Choose a time for it."
        )
        yield bad(Step.SCHEDULE, "schedule", words)
        return
    yield Line(Mood.GOOD, _span(chosen.period), Step.SCHEDULE)
    if forecast is not None:
        yield Line(Mood.GOOD, who_waits(forecast), Step.SCHEDULE)
    for sentence in notes(house_rules.of_broadcast(session, broadcast)):
        yield Line(Mood.WARN, sentence, Step.SCHEDULE)


def who_waits(forecast: Forecast) -> Sentence:
    return say_n(
        "At the start it goes to %(reached)s. %(n)s person waits for their window, and is skipped "
        "if it does not open.",
        "At the start it goes to %(reached)s. %(n)s people wait for their window; whoever's does "
        "not open is skipped.",
        forecast.awaiting, reached=forecast.reached,
    )  # fmt: skip


def expected(reach: Reach, period: Period) -> Sentence | None:
    """The hour of the period in which most of those who wait are expected to have an open window,
    as reach by hour forecasts it; None where it makes no forecast, or knows no such hour."""
    if not isinstance(reach.expected, Expected):
        return None
    coming = zip(reach.hours.moments(), reach.expected.people, strict=True)
    people, at = max(((n, at) for at, n in coming if at <= period.until), default=(0, None))
    if not people:
        return None
    return say_n(
        "Reach by hour expects the window of about %(n)s person more to be open on %(when)s; over "
        "the whole period at least as many write.",
        "Reach by hour expects the windows of about %(n)s people more to be open on %(when)s; over "
        "the whole period at least as many write.",
        people, when=at,
    )  # fmt: skip


def notes(kept: HouseRules) -> Iterator[Sentence]:
    """Which of the brand's rules move or end somebody's wait."""
    if kept.quiet is not None and kept.quiet.skips:
        yield say("Whoever's window is open only in the brand's quiet hours when it is their turn "
                  "is skipped.")  # fmt: skip
    elif kept.quiet is not None:
        yield say("Whoever writes in the brand's quiet hours gets it when these end, if their "
                  "window is still open; else they wait for the next.")  # fmt: skip
    if kept.cap is not None:
        yield say(
            "The brand's cap (%(cap)s) counts when a window opens: whoever has had as many by then "
            "is skipped.",
            cap=kept.cap.words,
        )


def _span(period: Period) -> Sentence:
    if period.since is None:
        return say(
            "It goes out when each person's window is open next: from when it is sent, after 20 "
            "seconds to undo, until %(until)s.",
            until=period.until,
        )
    return say(
        "It goes out when each person's window is open next, from %(since)s until %(until)s.",
        since=period.since, until=period.until,
    )  # fmt: skip

"""The check before sending: one list of lines, green, amber or red. Red stops the approval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from webapp.domain import portfolio, promotion
from webapp.domain import reach_findings as findings
from webapp.domain import schedule as schedules
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.errors import Invalid
from webapp.domain.event import MESSENGER
from webapp.domain.finding import Line, Mood, Step, address, bad
from webapp.domain.policy import engine
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.verdict import Verdict
from webapp.domain.schedule import Mode
from webapp.domain.wording import Sentence, say, say_n
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.segment import Segment
from webapp.services import (
    asking,
    departing,
    house_checks,
    period_checks,
    planning,
    portfolios,
    pricing,
    proofreading,
    rehearsing,
    series_checks,
    spread_checks,
)
from webapp.services.planning import Forecast
from webapp.services.spread_checks import Closing
from webapp.store import messages

CURRENCY = pricing.CURRENCY
BIG = 1_000  # people: from here on the number is typed before sending
UNPROMOTIONAL = frozenset({Kind.SUBSCRIPTION, Kind.UTILITY})


@dataclass(frozen=True)
class Check:
    """What a send at `at` would do, and every finding about it."""

    at: datetime
    lines: tuple[Line, ...]
    forecast: Forecast | None
    closing: Closing | None = None  # where it is spread over a period

    @property
    def errors(self) -> dict[str, list[Sentence]]:
        """The red lines by field; empty when approval may be asked for."""
        found: dict[str, list[Sentence]] = {}
        for line in self.lines:
            if line.mood is Mood.BAD:
                found.setdefault(line.field or line.step.value, []).append(line.words)
        return found

    @property
    def mood(self) -> Mood:
        moods = {line.mood for line in self.lines}
        return next((mood for mood in (Mood.BAD, Mood.WARN) if mood in moods), Mood.GOOD)

    def of(self, step: Step | str) -> list[Line]:
        """Templates name a step by its word."""
        return [line for line in self.lines if line.step == step]


def check(session: Session, broadcast: Broadcast, book: Rulebook, now: datetime) -> Check:
    """Everything that can be known before sending, at the time the broadcast is set for."""
    at = _start(session, broadcast, now)
    forecast = _forecast(session, broadcast, at, book)
    chosen = departing.chosen_schedule(broadcast)
    closing = spread_checks.closing(session, broadcast, chosen, at, book)
    lines = (
        *_kind_lines(session, broadcast, at, book),
        *_message_lines(session, broadcast, at, book),
        *_audience_lines(session, broadcast, forecast),
        *_country_lines(session, broadcast, forecast, at, book),
        *_schedule_lines(session, broadcast, forecast, now),
        *(spread_checks.lines(session, broadcast, chosen, at, forecast, closing) if chosen else ()),
        *_portfolio_lines(session, broadcast, forecast, book, now),
        *house_checks.lines(session, broadcast, forecast),
        *pricing.lines(session, broadcast, forecast, at, book),
    )
    return Check(at, lines, forecast, closing)


def moment(broadcast: Broadcast, now: datetime) -> datetime:
    """What a forecast is about: the time set or due; now when there is none or it has passed."""
    return max(send_at(broadcast) or now, now)


def _start(session: Session, broadcast: Broadcast, now: datetime) -> datetime:
    """As `moment`; by each person's own clock it begins where the day does first."""
    chosen = departing.chosen_schedule(broadcast)
    if chosen is None or chosen.wall is None or broadcast.scheduled_at is not None:
        return moment(broadcast, now)
    return departing.due_at(session, broadcast, chosen, now) or moment(broadcast, now)


def send_at(broadcast: Broadcast) -> datetime | None:
    """The time it is set for, scheduled or not yet; None for one that goes out when somebody says
    so."""
    chosen = departing.chosen_schedule(broadcast)
    return broadcast.scheduled_at or (chosen.at if chosen else None)


def zone_of(broadcast: Broadcast, brand: Brand) -> str:
    """By whose clocks its time is chosen: the schedule's zone, before there is one the brand's."""
    chosen = departing.chosen_schedule(broadcast)
    return chosen.zone if chosen else brand.timezone


def refusal(session: Session, broadcast: Broadcast, at: datetime, book: Rulebook) -> Verdict | None:
    """The rule that forbids this kind of message to everyone at that time, if one does.

    What is wrong with its template is said of the message, where it can be mended.
    """
    question = asking.about(session, broadcast, at, book).question
    return engine.refuse_kind(replace(question, template_approved=True), book)


def _forecast(
    session: Session, broadcast: Broadcast, at: datetime, book: Rulebook
) -> Forecast | None:
    """None when the audience's rule cannot be read any more."""
    try:
        return planning.forecast(session, broadcast, at, book)
    except Invalid:
        return None


def _kind_lines(
    session: Session, broadcast: Broadcast, at: datetime, book: Rulebook
) -> Iterator[Line]:
    kind = Kind(broadcast.kind)
    if kind is Kind.SUBSCRIPTION and broadcast.topic_id is None:
        yield bad(Step.ABOUT, "topic", say("Choose the topic people opted in to."))
    channel = session.get_one(Channel, broadcast.channel_id)
    if kind is Kind.SPONSORED and channel.platform == MESSENGER and not channel.ad_account:
        sentence = say("Paid messages need an ad account on the channel %(name)s.",
                       name=channel.name)  # fmt: skip
        yield bad(Step.ABOUT, "channel", sentence)
    if channel.state == "stopped":
        sentence = say("The channel %(name)s is stopped: nothing goes out until it is connected "
                       "again.", name=channel.name)  # fmt: skip
        yield Line(Mood.WARN, sentence, Step.ABOUT)
    refused = refusal(session, broadcast, at, book)
    if refused is not None:
        yield Line(
            Mood.BAD, _refused(refused), Step.ABOUT, "kind", refused, address(refused.source)
        )


def _message_lines(
    session: Session, broadcast: Broadcast, at: datetime, book: Rulebook
) -> Iterator[Line]:
    content = messages.content(session, broadcast.id or 0)
    problems = proofreading.problems(session, broadcast, content, book, at)
    for field, sentences in problems.items():
        for sentence in sentences:
            yield bad(Step.MESSAGE, f"message.{field}", proofreading.placed(field, sentence))
    if not problems:
        yield Line(Mood.GOOD, say("The message is complete and fits."), Step.MESSAGE)
    if Kind(broadcast.kind) in UNPROMOTIONAL and promotion.words(content):
        yield Line(Mood.WARN, _promotional(content), Step.MESSAGE)
    n = proofreading.people_seeing_a_fallback(session, broadcast, content, at)
    if n:
        sentence = say_n("%(n)s person in the audience would see a fallback.",
                         "%(n)s people in the audience would see a fallback.",
                         n)  # fmt: skip
        yield Line(Mood.GOOD, sentence, Step.MESSAGE)


def _audience_lines(
    session: Session, broadcast: Broadcast, forecast: Forecast | None
) -> Iterator[Line]:
    segment = session.get(Segment, broadcast.segment_id) if broadcast.segment_id else None
    if forecast is None or (segment is not None and segment.archived_at is not None):
        yield bad(Step.AUDIENCE, "audience", say("Its segment cannot be used any more."))
        return
    if forecast.audience == 0:
        yield bad(Step.AUDIENCE, "audience", say("Nobody is in this audience."))
        return
    if forecast.reached == forecast.awaiting == 0:
        sentence = say_n(
            "The rules allow writing to none of the %(n)s person in the audience at this time.",
            "The rules allow writing to none of the %(n)s people in the audience at this time.",
            forecast.audience,
        )
        yield Line(Mood.WARN, sentence, Step.AUDIENCE)
        return
    yield Line(Mood.GOOD, _reach(broadcast, forecast), Step.AUDIENCE)


def _country_lines(
    session: Session,
    broadcast: Broadcast,
    forecast: Forecast | None,
    at: datetime,
    book: Rulebook,
) -> Iterator[Line]:
    """People nobody knows the country of, where the kind's rules ask for it."""
    sentence = findings.unknown_country(forecast.unknown_country) if forecast else None
    question = asking.about(session, broadcast, at, book).question
    if sentence is not None and engine.is_regional(question, book):
        yield Line(Mood.WARN, sentence, Step.AUDIENCE)


def _portfolio_lines(
    session: Session, broadcast: Broadcast, forecast: Forecast | None, book: Rulebook, now: datetime
) -> Iterator[Line]:
    """A WhatsApp business that may not reach so many in a day: the others wait their turn."""
    channel = session.get_one(Channel, broadcast.channel_id)
    stands = portfolios.about(session, channel, broadcast.kind, book, now)
    if stands is None or forecast is None or stands.left is None or forecast.reached <= stands.left:
        return
    rule = portfolios.rule_of(channel, book, now)
    words = portfolio.waiting(stands, forecast.reached)
    yield Line(Mood.WARN, words, Step.SCHEDULE, source=address(rule.source) if rule else None)


def _schedule_lines(
    session: Session, broadcast: Broadcast, forecast: Forecast | None, now: datetime
) -> Iterator[Line]:
    chosen = departing.chosen_schedule(broadcast)
    if chosen is None:
        yield bad(Step.SCHEDULE, "schedule", say("Choose when it goes out: now, or at a time."))
        return
    waiting = broadcast.scheduled_at is not None
    for sentences in schedules.problems(chosen, now).values() if not waiting else ():
        yield bad(Step.SCHEDULE, "schedule", sentences[0])
        return
    if chosen.wall is not None:
        yield from rehearsing.lines(session, broadcast, chosen, now)
        return
    if chosen.repeats is not None:
        yield from series_checks.lines(session, broadcast, chosen, now)
        return
    if chosen.period is not None:
        yield from period_checks.lines(session, broadcast, chosen, forecast)
        return
    if chosen.mode is Mode.NOW:
        sentence = say("It goes out as soon as it is sent, after 20 seconds to undo.")
    else:
        sentence = say("It goes out on %(when)s.", when=chosen.at)
    yield Line(Mood.GOOD, sentence, Step.SCHEDULE)


def stops_at_its_budget(broadcast: Broadcast, forecast: Forecast) -> bool:
    """Not everybody who may be written to will be."""
    return broadcast.budget_micros is not None and forecast.cost_micros > broadcast.budget_micros


def _reach(broadcast: Broadcast, forecast: Forecast) -> Sentence:
    if stops_at_its_budget(broadcast, forecast):
        return say_n(
            "%(reached)s of %(n)s person in the audience may be written to.",
            "%(reached)s of %(n)s people in the audience may be written to.",
            forecast.audience,
            reached=forecast.reached,
        )
    return say_n(
        "%(reached)s of %(n)s person in the audience will be written to.",
        "%(reached)s of %(n)s people in the audience will be written to.",
        forecast.audience,
        reached=forecast.reached,
    )


def _refused(verdict: Verdict) -> Sentence:
    return say(
        "This kind cannot be sent for this brand at that time. %(rule)s",
        rule=verdict.sentence,
    )


def _promotional(content: Content) -> Sentence:
    return say(
        "This kind is not for promotion, and the message says: %(words)s. The platform may refuse "
        "it or limit the channel.",
        words=", ".join(promotion.words(content)),
    )

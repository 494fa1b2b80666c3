"""When we may write to one person, by which rule, and what changes it: any kind, any moment.

A broadcast's question is asked of everyone through SQL; here the same question is asked of one
person, from her rows read once, so that a page of many kinds and two weeks costs no query more.
No template is chosen yet when one asks about a person, so an approved one is taken for granted and
the explanation says so where that made the answer.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain.broadcast import Kind
from webapp.domain.consent import State, TopicStanding
from webapp.domain.errors import Invalid
from webapp.domain.house_rules import HouseRules
from webapp.domain.policy import changing, timeline
from webapp.domain.policy.engine import Question
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.situation import Region
from webapp.domain.policy.standing import NO_RULES, OptIn, Standing
from webapp.domain.policy.timeline import Stretch
from webapp.domain.policy.verdict import Decision, Route, Until, Verdict
from webapp.domain.portfolio import Portfolio
from webapp.domain.wording import Sentence, say, say_n
from webapp.models.brand import Brand
from webapp.models.channel import Channel
from webapp.models.opt_in import Consent, Topic
from webapp.models.subscriber import Subscriber
from webapp.services import asking, house_rules, portfolios
from webapp.store import caps, consents

AHEAD = timedelta(days=731)  # nobody announces rules for longer; beyond it any answer is a guess
A_MINUTE = timedelta(minutes=1)
RUNS_OUT = say("when what allows it ends")
STRICTEST = say(
    "Their country is not known, so the strictest reading counts; with it the answer may differ."
)
TEMPLATE = say("This takes for granted that the platform has approved the template.")
STOPPED = say("The channel is stopped: until it is connected again nothing is sent at all.")
WAITS = say(
    "Quiet hours of the brand from %(start)s to %(end)s by the clocks of %(zone)s: a message waits "
    "until they end."
)
SKIPS = say(
    "Quiet hours of the brand from %(start)s to %(end)s by the clocks of %(zone)s: who would get a "
    "message then is skipped."
)
PAST = say("A moment in the past: what is known today is judged by the rules of that day.")


@dataclass(frozen=True)
class Grounds:
    """What every explanation of one person rests on, read once."""

    brand: Brand
    channel: Channel
    person: Subscriber
    consents: Mapping[int, Consent]  # by topic
    book: Rulebook
    portfolio: Portfolio | None = None  # None: no rule limits how many the business reaches
    house: HouseRules = NO_RULES
    had: tuple[datetime, ...] = ()  # messages of the days the cap looks at, the oldest first

    def standing(self, kind: Kind, topic_id: int | None) -> Standing:
        """As far as a question about this kind and topic can look."""
        person, asked = self.person, self.consents.get(topic_id or 0)
        general = self.channel.platform == asking.GENERAL
        every = self.consents.values() if kind is Kind.SPONSORED and not general else ()
        return Standing(
            region=Region(person.region),
            window_ends_at=person.window_ends_at,
            window_opener=person.window_opener,
            window_opened_at=person.window_opened_at,
            last_inbound_at=person.last_inbound_at,
            free_entry_ends_at=person.free_entry_ends_at if general else None,
            opted_out=person.opted_out_at is not None,
            unavailable=person.unavailable_at is not None,
            opted_in=general and any(_is_active(row) for row in self.consents.values()),
            asked=_opt_in(asked) if asked else None,
            paid=tuple(_opt_in(row) for row in every),
            house=self.house,
            zone=person.timezone,
            had=self.had,
        )

    def question(self, kind: Kind, topic_id: int | None, at: datetime) -> Question:
        asked = asking.ask(self.brand, self.channel, kind, topic_id, at, self.book)
        portfolio = self.portfolio or asked.question.portfolio
        return replace(asked.question, template_approved=True, portfolio=portfolio)


@dataclass(frozen=True)
class Explanation:
    """One kind of message (and topic) to one person from a moment on."""

    kind: Kind
    topic: Topic | None
    question: Question
    standing: Standing = field(repr=False)  # holds tokens
    book: Rulebook
    decision: Decision
    timeline: tuple[Stretch, ...]
    next_legal_at: datetime | None
    remarks: tuple[Sentence, ...]

    @property
    def at(self) -> datetime:
        return self.question.at

    @property
    def changes(self) -> Sentence:
        until, reason = self.decision.until, self.decision.reason
        if self.decision.allowed and until is Until.NEVER_BY_ITSELF and self.changes_at:
            return RUNS_OUT
        return changing.words(until, reason.rule_ends_on)

    @functools.cached_property
    def changes_at(self) -> datetime | None:
        """What is allowed may end by what did not decide: a token, a rule that begins, a price."""
        if self.decision.allowed:
            return timeline.ends_at(self.standing, self.question, self.book)
        return self.end_of(self.decision.reason)

    def end_of(self, verdict: Verdict) -> datetime | None:
        """When a verdict of the decision changes, where its time is known."""
        return timeline.known_end(verdict, self.standing, self.question, self.book)


def grounds(session: Session, person: Subscriber, book: Rulebook, now: datetime) -> Grounds:
    rows = consents.standing_rows(session, person.id or 0)
    channel = session.get_one(Channel, person.channel_id)
    brand = session.get_one(Brand, person.brand_id)
    house = house_rules.of(brand)
    return Grounds(
        brand,
        channel,
        person,
        {row.topic_id: row for row in rows},
        book,
        portfolios.standing(session, channel, book, now),
        house,
        _had(session, person, house, now),
    )


def _had(
    session: Session, person: Subscriber, house: HouseRules, now: datetime
) -> tuple[datetime, ...]:
    if house.cap is None:
        return ()
    key = person.id or 0
    return tuple(sorted(caps.had(session, [key], now - house.cap.span).get(key, [])))


def explain(
    known: Grounds, kind: Kind, at: datetime, now: datetime, topic: Topic | None = None
) -> Explanation:
    """Raises Invalid for a moment the book knows nothing of (see `check_moment`)."""
    check_moment(at, now, known.book)
    topic_id = topic.id if topic else None
    standing = known.standing(kind, topic_id)
    question = known.question(kind, topic_id, at)
    stretches = timeline.timeline(standing, question, known.book, at + timeline.SPAN)
    return Explanation(
        kind,
        topic,
        question,
        standing,
        known.book,
        stretches[0].decision,
        stretches,
        timeline.next_legal(standing, question, known.book),
        tuple(_remarks(known, standing, question, stretches[0].decision, now)),
    )


def every_kind(
    known: Grounds, called: Mapping[int | None, Topic], now: datetime
) -> Sequence[Explanation]:
    """Standard, subscription for each topic they were asked about, sponsored and utility.

    `called`: the brand's topics by id, archived ones too.
    """
    subscription = [
        explain(known, Kind.SUBSCRIPTION, now, now, called[topic]) for topic in known.consents
    ]
    standard, sponsored, utility = (
        explain(known, kind, now, now) for kind in (Kind.STANDARD, Kind.SPONSORED, Kind.UTILITY)
    )
    return [standard, *subscription, sponsored, utility]


def check_moment(at: datetime, now: datetime, book: Rulebook) -> None:
    if timeline.midnight(book.first_day) > at:
        words = say(
            "The rulebook begins on %(day)s. Choose that day or a later one.", day=book.first_day
        )
        raise Invalid({"at": [words]})
    if at > now + AHEAD:
        words = say(
            "Nobody knows the rules of a day that far ahead. Choose one before %(day)s.",
            day=(now + AHEAD).date(),
        )
        raise Invalid({"at": [words]})


def _remarks(
    known: Grounds, standing: Standing, question: Question, decision: Decision, now: datetime
) -> Iterator[Sentence]:
    """What a reader has to know to read the answer aright."""
    if question.at < now - A_MINUTE:  # forms give whole minutes
        yield PAST
    if known.channel.state == "stopped":
        yield STOPPED
    yield from _house_remarks(known, standing, question.at)
    if timeline.hangs_on_country(standing, question, known.book):
        yield STRICTEST
    without = timeline.decide(standing, replace(question, template_approved=False), known.book)
    if timeline.outcome(without) != timeline.outcome(decision):
        yield TEMPLATE
    until = standing.answerable_until
    if question.kind is Kind.STANDARD and until and until > question.at and _by_hand(known, until):
        yield say("People may answer by hand until %(when)s; a broadcast may not.", when=until)


def _house_remarks(known: Grounds, standing: Standing, at: datetime) -> Iterator[Sentence]:
    """What the brand itself keeps to: whether it stops the message now, and what was counted."""
    quiet, cap = known.house.quiet, known.house.cap
    zone = known.house.zone_of(known.person.timezone)
    if quiet is not None:
        said = SKIPS if quiet.skips else WAITS
        yield say(said.text, start=f"{quiet.start:%H:%M}", end=f"{quiet.end:%H:%M}", zone=zone)
    if cap is not None:
        counted, last = cap.counted(standing.had, at), max(standing.had, default=None)
        yield say("Cap of the brand: %(cap)s.", cap=cap.words)
        if last is not None and counted:
            yield say_n(
                "%(n)s message counts, the last of %(last)s.",
                "%(n)s messages count, the last of %(last)s.",
                len(counted), last=last,
            )  # fmt: skip


def _by_hand(known: Grounds, at: datetime) -> bool:
    """Whether the platform lets people answer for longer than the window."""
    rules = known.book.holding(at).rules
    platform = known.channel.platform
    return any(rule.route is Route.HUMAN_AGENT and rule.platform == platform for rule in rules)


def _opt_in(row: Consent) -> OptIn:
    state = State.ACTIVE if _is_active(row) else State.STOPPED
    stands = TopicStanding(state, row.since, row.token, row.token_expires_at)
    return OptIn(stands, row.last_used_at, row.next_eligible_at)


def _is_active(row: Consent) -> bool:
    return row.state == State.ACTIVE

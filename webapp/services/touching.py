"""Whom a rule touches: the people it speaks of, and the planned broadcasts it decides about.

**People** are those of the brand's channels of one platform for whom a rule speaks at a moment:
it forbids, holds, or allows. Everybody's situation is counted in two grouped queries for the whole
page, whatever the number of rules; each rule is then asked once per distinct situation, by the
same `verdict` that planning asks. On a day gone by people are taken as they stand now, since how
they stood is not kept. A rule of the subscription kind speaks differently of each topic.

**Broadcasts** are those from draft to scheduled of the rule's kind. Their segment is not counted:
a rule touches one when it would be the deciding reason for anybody on its channel at its time,
with the window as it is now or closed by then, or when the rule begins or ends before it is sent.
So nothing a coming rule may break is missing, and a broadcast may be named whose own audience
happens to hold nobody of that kind; its check says the exact number.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from sqlmodel import Session

from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine
from webapp.domain.policy.rulebook import Change, Rulebook, day_of
from webapp.domain.policy.rules import clause as clauses
from webapp.domain.policy.rules.rule import Rule
from webapp.domain.policy.situation import Region, Situation, Window
from webapp.domain.policy.verdict import Stance
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.opt_in import Topic
from webapp.services import asking, preflight
from webapp.services.asking import Asked
from webapp.store import broadcasts, channels, tallies, topics
from webapp.store.tallies import People

MOST_BROADCASTS = 200  # looked at; the next to be sent first
QUICK = 300_000  # people: counted within about two seconds on a slow machine


@dataclass(frozen=True)
class Spoken:
    """People a rule speaks of, by what it says; `topic` where it depends on one."""

    forbidden: int = 0
    held: int = 0
    allowed: int = 0
    topic: Topic | None = None

    @property
    def people(self) -> int:
        return self.forbidden + self.held + self.allowed


@dataclass(frozen=True)
class Planned:
    """A broadcast a rule touches: it decides, or it "begins" or "ends" before the broadcast."""

    broadcast: Broadcast
    how: str  # decides | begins | ends

    @property
    def send_at(self) -> datetime | None:
        return preflight.send_at(self.broadcast)


@dataclass(frozen=True)
class Touch:
    spoken: tuple[Spoken, ...] = ()
    planned: tuple[Planned, ...] = ()


@dataclass(frozen=True)
class Ground:
    """What is counted once a page, for one platform and moment."""

    brand: Brand
    book: Rulebook
    at: datetime
    now: datetime
    channels: Sequence[Channel]
    topics: Sequence[Topic]
    people: Mapping[int, People]
    by_topic: Mapping[tuple[int, int], People]
    planned: Sequence[Broadcast]

    @property
    def total(self) -> int:
        return sum(sum(people.values()) for people in self.people.values())

    def asked(self, channel: Channel, kind: Kind, at: datetime) -> Asked:
        return asking.ask(self.brand, channel, kind, None, at, self.book)


def survey(
    session: Session, brand: Brand, platform: str, at: datetime, book: Rulebook, now: datetime
) -> Ground:
    """Count the brand's people and planned broadcasts on its channels of a platform."""
    at = max(at, now)
    chosen = [row for row in channels.page(session) if row.platform == platform]
    known = topics.all_of(session)
    empty = Ground(brand, book, at, now, chosen, known, {}, {}, ())
    if not chosen:
        return empty
    ids = [row.id or 0 for row in chosen]
    people = tallies.by_channel(session, empty.asked(chosen[0], Kind.SPONSORED, at).view, ids)
    topical = empty.asked(chosen[0], Kind.SUBSCRIPTION, at).view
    return replace(
        empty,
        people=people,
        by_topic=tallies.by_topic(session, topical, people, [row.id or 0 for row in known]),
        planned=broadcasts.planned(session, ids, MOST_BROADCASTS),
    )


def is_quick(session: Session) -> bool:
    """Whether a survey may be made without being asked for; of more people it takes a while."""
    return tallies.at_most(session) <= QUICK


def of_rules(ground: Ground, rules: Iterable[Rule], day: date) -> dict[int, Touch]:
    """Of each rule that holds on `day`, by `id()` of the row: an id may stand for several rows."""
    deciding = _deciding(ground)
    return {
        id(rule): Touch(_spoken(ground, rule), tuple(_planned(ground, rule, day, deciding)))
        for rule in rules
    }


def of_changes(ground: Ground, changes: Iterable[Change]) -> dict[int, Touch]:
    """Of each change to come, by `id()`: the people of the row that follows, else of the one that
    ends, and the broadcasts that are sent from that day on."""
    return {id(it): _of_change(ground, it) for it in changes if it.day > day_of(ground.now)}


def _of_change(ground: Ground, change: Change) -> Touch:
    rows = [row for row in (change.after, change.before) if row is not None]
    how = "begins" if change.before is None else "ends" if change.after is None else "changes"
    planned = (
        Planned(it, how)
        for it in ground.planned
        if _day_of(ground, it) >= change.day and any(_concerns(row, it) for row in rows)
    )
    return Touch(_spoken(ground, rows[0]), tuple(planned))


def _spoken(ground: Ground, rule: Rule) -> tuple[Spoken, ...]:
    """For one topic after the other where only subscription is meant, else for everybody."""
    if not rule.decides or not rule.kinds:
        return ()
    if rule.kinds == {Kind.SUBSCRIPTION}:
        return tuple(_of_topic(ground, rule, topic) for topic in ground.topics)
    kind = next(kind for kind in Kind if kind in rule.kinds)
    counted = (_said(ground, rule, it, kind, ground.people[it.id or 0]) for it in ground.channels)
    return (_added(counted),)


def _of_topic(ground: Ground, rule: Rule, topic: Topic) -> Spoken:
    counted = (
        _said(ground, rule, it, Kind.SUBSCRIPTION, ground.by_topic[it.id or 0, topic.id or 0])
        for it in ground.channels
    )
    return replace(_added(counted), topic=topic)


def _said(ground: Ground, rule: Rule, channel: Channel, kind: Kind, people: People) -> Spoken:
    question = ground.asked(channel, kind, ground.at).question
    counts = dict.fromkeys(Stance, 0)
    for code, n in people.items():
        stance = _stance(rule, code, question)
        if stance is not None:
            counts[stance] += n
    return Spoken(counts[Stance.DENIES], counts[Stance.HOLDS], counts[Stance.ALLOWS])


def _stance(rule: Rule, code: int, question: engine.Question) -> Stance | None:
    """What it says of this situation; None where it has nothing to say."""
    own, region = _standing(code)
    facts = {**own, **question.facts}
    verdict = rule.verdict(facts, question.business_country, region, question.approvals)
    silent = verdict.stance is Stance.ALLOWS and not rule.grants(facts, question.approvals)
    return None if silent else verdict.stance


@functools.lru_cache(maxsize=4096)
def _standing(code: int) -> tuple[clauses.Facts, Region]:
    situation = Situation.of(code)
    return clauses.facts_of(situation), situation.region


def _added(found: Iterable[Spoken]) -> Spoken:
    total = Spoken()
    for it in found:
        total = Spoken(
            total.forbidden + it.forbidden, total.held + it.held, total.allowed + it.allowed
        )
    return total


def _planned(
    ground: Ground, rule: Rule, day: date, deciding: Mapping[int, frozenset[str]]
) -> Iterator[Planned]:
    for it in ground.planned:
        sent = _day_of(ground, it)
        if not _concerns(rule, it):
            continue
        if rule.valid_to is not None and sent > rule.valid_to >= day:
            yield Planned(it, "ends")
        elif rule.holds_on(sent) and rule.id in deciding[it.id or 0]:
            yield Planned(it, "begins" if rule.valid_from > day_of(ground.now) else "decides")


def _concerns(rule: Rule, broadcast: Broadcast) -> bool:
    kind = Kind(broadcast.kind)
    return kind in rule.kinds and rule.route in (None, *engine.ROUTES_OF_KIND[kind])


def _day_of(ground: Ground, broadcast: Broadcast) -> date:
    """The UTC day it is to be sent; one without a time could be sent now."""
    return day_of(preflight.moment(broadcast, ground.now))


def _deciding(ground: Ground) -> Mapping[int, frozenset[str]]:
    """By broadcast: the ids of the rules that are the reason for anybody on its channel. Asked at
    the beginning of its day, all of which has the same rules: one answer serves a day's many."""
    known: dict[tuple[object, ...], frozenset[str]] = {}
    found: dict[int, frozenset[str]] = {}
    for it in ground.planned:
        day = _day_of(ground, it)
        key = (it.channel_id, it.kind, it.topic_id, day)
        if key not in known:
            known[key] = _reasons(ground, it, day)
        found[it.id or 0] = known[key]
    return found


def _reasons(ground: Ground, broadcast: Broadcast, day: date) -> frozenset[str]:
    at = datetime.combine(day, time(), UTC)
    channel = next(row for row in ground.channels if row.id == broadcast.channel_id)
    asked = ground.asked(channel, Kind(broadcast.kind), at)
    codes = _codes(ground, broadcast)
    return frozenset(asked.decide(code).reason.rule_id for code in codes)


def _codes(ground: Ground, broadcast: Broadcast) -> set[int]:
    """The situations of its channel, each also as it is when the window has closed by then."""
    topic = broadcast.topic_id if broadcast.kind == Kind.SUBSCRIPTION else None
    people = (
        ground.people[broadcast.channel_id]
        if topic is None
        else ground.by_topic.get((broadcast.channel_id, topic), {})
    )
    closed = (replace(Situation.of(code), window=Window.CLOSED).code for code in people)
    return {*people, *closed}

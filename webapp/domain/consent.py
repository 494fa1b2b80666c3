"""Consent as a ledger of acts: what they add up to, how long a token lasts, when it may be used.

Acts arrive in any order and more than once; what they add up to depends only on when the person
did them. A stop stands above an opt-in of the same moment, and nobody but the person lifts it:
an import or a call of the API never brings back someone who stopped.

Two things stop everything, and each is lifted in its own way. STOP is said to us: START lifts it,
or the person's own opt-in to a topic, which lifts it for that topic alone. MUTE is switched in the
platform's app (WhatsApp's "Offers and announcements"): switching it on again lifts it, and so does
START. Switching never lifts a STOP that was said: the switch is about marketing, the word was
about us. That MUTE stops every kind of message, not marketing alone, is the safer reading.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.domain.keyword import Keyword, keyword
from webapp.domain.policy.situation import TopicConsent

__all__ = ["Keyword", "keyword"]
MONTHS_IN_A_YEAR = 12


class Action(StrEnum):
    """What a ledger row says the person did."""

    OPT_IN = "opt_in"
    REFRESH = "refresh"  # agreed again before the token ran out
    STOP = "stop"  # one topic
    STOP_ALL = "stop_all"
    RESUME = "resume"  # one topic, or everything when it names none
    MUTE = "mute"  # switched messages like ours off in the platform's app
    UNMUTE = "unmute"
    WITHDRAW = "withdraw"  # nobody did it: the list that told of an opt-in was taken back


class Source(StrEnum):
    """Who reports the act."""

    WEBHOOK = "webhook"  # the platform, of the person's own doing
    PERSON = "person"  # a user of Fanlight, for the person who asked
    IMPORT = "import"
    API = "api"


class State(StrEnum):
    """Where a topic stands; that a token ran out is seen from its expiry, not stored."""

    ACTIVE = "active"
    STOPPED = "stopped"


_SECOND_HAND = frozenset({Source.IMPORT, Source.API})
_GIVES = frozenset({Action.OPT_IN, Action.REFRESH})
_STRENGTH = {
    Action.STOP: 1,
    Action.MUTE: 2,
    Action.STOP_ALL: 2,
}  # at the same moment, the stop comes last


@dataclass(frozen=True)
class Act:
    """One row of the ledger. `at` is aware: when the person did it, not when we heard of it."""

    action: Action
    at: datetime
    topic: str | None = None
    source: Source = Source.WEBHOOK
    token: str | None = None
    token_expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("Act.at has no time zone: write an offset")


@dataclass(frozen=True)
class TopicStanding:
    """One topic of one person: its state since when, and the token to send with."""

    state: State
    since: datetime
    token: str | None = None
    token_expires_at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """What all acts of one person on one channel add up to."""

    stopped_all: bool = False
    muted: bool = False
    topics: Mapping[str, TopicStanding] = field(default_factory=dict)

    @property
    def silent(self) -> bool:
        """Whether no message of any kind may go out."""
        return self.stopped_all or self.muted


def heard(acts: Iterable[Act]) -> list[Act]:
    """Of acts in the order they were written down, those that count: a WITHDRAW takes back what
    lists had said of its topic until then. The person's own acts stand, and so does what a list
    says later."""
    kept: list[Act] = []
    for act in acts:
        if act.action is Action.WITHDRAW:
            kept = [it for it in kept if not (it.topic == act.topic and _from_a_list(it))]
        else:
            kept.append(act)
    return kept


def standing(acts: Iterable[Act]) -> Standing:
    """The same for any order and repetition of the same acts."""
    total = Standing()
    for act in in_order(acts):
        total = after(total, act)
    return total


def in_order(acts: Iterable[Act]) -> list[Act]:
    """By time, each once. An act that names a token is about the topic the token was given for,
    whatever topic it was taken for when the token was not known yet."""
    found = sorted(set(acts), key=_by_time)
    homes = {it.token: it.topic for it in reversed(found) if it.token and it.action in _GIVES}
    return [replace(it, topic=homes[it.token]) if it.token in homes else it for it in found]


def after(before: Standing, act: Act) -> Standing:
    """What one act, later than all before it, makes of a standing."""
    if act.action is Action.STOP_ALL or (act.action is Action.STOP and act.topic is None):
        return replace(before, stopped_all=True)
    if act.action is Action.WITHDRAW:
        return before
    if act.action in (Action.MUTE, Action.UNMUTE):
        return replace(before, muted=act.action is Action.MUTE)
    if act.topic is None:
        return _everything_resumed(before, act)
    if act.action is Action.STOP:
        return _with_topic(before, act.topic, _stopped(before.topics.get(act.topic), act.at))
    return _opted_in(before, act.topic, act)


def topic_consent(topic: TopicStanding | None, now: datetime) -> TopicConsent:
    """The topic as the rules see it at an aware moment; a token is dead from its expiry on."""
    if topic is None:
        return TopicConsent.NONE
    if topic.state is State.STOPPED:
        return TopicConsent.STOPPED
    if topic.token is None:
        return TopicConsent.NO_TOKEN
    expired = topic.token_expires_at is not None and topic.token_expires_at <= now
    return TopicConsent.EXPIRED if expired else TopicConsent.ACTIVE


def token_expiry(opted_in_at: datetime, months: int) -> datetime:
    """So many calendar months later, at most the month's last day: 31 August + 6 = 28 February."""
    month = opted_in_at.month - 1 + months
    year, month = opted_in_at.year + month // MONTHS_IN_A_YEAR, month % MONTHS_IN_A_YEAR + 1
    day = min(opted_in_at.day, calendar.monthrange(year, month)[1])
    return opted_in_at.replace(year=year, month=month, day=day)


def next_send_at(
    last_used_at: datetime | None, spacing: timedelta, next_eligible_at: datetime | None = None
) -> datetime | None:
    """From when a token may be used again: the later of our spacing and the platform's word.
    None for at once."""
    ours = None if last_used_at is None else last_used_at + spacing
    return max((at for at in (ours, next_eligible_at) if at is not None), default=None)


def spaced(
    last_used_at: datetime | None,
    spacing: timedelta,
    now: datetime,
    next_eligible_at: datetime | None = None,
) -> bool:
    """Whether a token's spacing has passed; it has at the very moment it ends."""
    free_at = next_send_at(last_used_at, spacing, next_eligible_at)
    return free_at is None or free_at <= now


def _from_a_list(act: Act) -> bool:
    return act.source is Source.IMPORT and act.action is Action.OPT_IN


def _opted_in(before: Standing, topic: str, act: Act) -> Standing:
    """The person's own opt-in after STOP to everything lifts it for this topic alone."""
    known = before.topics.get(topic)
    stopped = before.silent or (known is not None and known.state is State.STOPPED)
    if stopped and act.source in _SECOND_HAND:
        return before
    rest = _all_stopped(before, act.at) if before.stopped_all else before
    return _with_topic(replace(rest, stopped_all=False), topic, _standing_of(act, known))


def _standing_of(act: Act, known: TopicStanding | None) -> TopicStanding:
    """Active with the act's token or, where it brings none, with the one known before."""
    if act.token is not None or known is None:
        made = TopicStanding(State.ACTIVE, act.at, act.token, act.token_expires_at)
    else:
        expires_at = act.token_expires_at or known.token_expires_at
        made = TopicStanding(State.ACTIVE, act.at, known.token, expires_at)
    goes_on = act.action is Action.REFRESH and known and known.state is State.ACTIVE
    return replace(made, since=known.since) if known and goes_on else made


def _everything_resumed(before: Standing, act: Act) -> Standing:
    """START gives back what STOP took: topics stopped one by one stay stopped."""
    lifts = act.action is Action.RESUME and act.source not in _SECOND_HAND
    return replace(before, stopped_all=False, muted=False) if lifts else before


def _all_stopped(before: Standing, at: datetime) -> Standing:
    return replace(before, topics={name: _stopped(t, at) for name, t in before.topics.items()})


def _stopped(known: TopicStanding | None, at: datetime) -> TopicStanding:
    """The token is kept: when the person resumes, the platform takes it again."""
    if known is None:
        return TopicStanding(State.STOPPED, at)
    return known if known.state is State.STOPPED else replace(known, state=State.STOPPED, since=at)


def _with_topic(before: Standing, name: str, topic: TopicStanding) -> Standing:
    return replace(before, topics={**before.topics, name: topic})


def _by_time(act: Act) -> tuple[datetime, int, str, str, str]:
    strength = _STRENGTH.get(act.action, 0)
    return act.at, strength, act.topic or "", act.action, f"{act.source} {act.token}"

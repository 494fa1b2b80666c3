"""Why we may (not) write to one person at a moment, by kind of message, and what changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from webapp.domain.broadcast import Kind
from webapp.domain.policy import changing
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.verdict import Decision, Until
from webapp.domain.wording import Sentence
from webapp.models.brand import Brand
from webapp.models.channel import Channel
from webapp.models.opt_in import Topic
from webapp.models.subscriber import Subscriber
from webapp.services import asking
from webapp.store import consents, situations, topics


@dataclass(frozen=True)
class Explanation:
    """One kind of message (and topic) to one person: the decision, and when it changes."""

    kind: Kind
    topic: Topic | None
    decision: Decision
    changes: Sentence
    changes_at: datetime | None


def explain(
    session: Session,
    person: Subscriber,
    kind: Kind,
    at: datetime,
    book: Rulebook,
    topic_id: int | None = None,
) -> Explanation:
    """The same question a broadcast asks of everyone, asked of one person at an aware moment."""
    brand = session.get_one(Brand, person.brand_id)
    channel = session.get_one(Channel, person.channel_id)
    asked = asking.ask(brand, channel, kind, topic_id, at, book)
    decision = asked.decide(_code(session, person, asked.view))
    return Explanation(
        kind,
        topics.find(session, topic_id) if topic_id else None,
        decision,
        changing.words(decision.until, decision.reason.rule_ends_on),
        person.window_ends_at if decision.until is Until.WINDOW_END else None,
    )


def every_kind(
    session: Session, person: Subscriber, at: datetime, book: Rulebook
) -> Sequence[Explanation]:
    """Standard, subscription for each topic they were asked about, and sponsored messages."""
    asked = [row.topic_id for row in consents.standing_rows(session, person.id or 0)]
    subscription = [explain(session, person, Kind.SUBSCRIPTION, at, book, topic) for topic in asked]
    return [
        explain(session, person, Kind.STANDARD, at, book),
        *subscription,
        explain(session, person, Kind.SPONSORED, at, book),
    ]


def _code(session: Session, person: Subscriber, view: situations.View) -> int:
    consent = situations.consent_of(view)
    query = situations.narrowed(
        select(situations.code(view, consent)).select_from(Subscriber),
        view,
        consent,
        col(Subscriber.id) == person.id,
        person.channel_id,
    )
    return int(session.exec(query).one())

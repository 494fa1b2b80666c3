"""A broadcast at a moment, put as the question the rulebook answers and the view SQL looks with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlmodel import Session

from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine
from webapp.domain.policy.engine import Question
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.situation import Situation
from webapp.domain.policy.verdict import Decision
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.store.situations import View

SPACING_RULES = {
    Kind.SUBSCRIPTION: "messenger.subscription.spacing",
    Kind.SPONSORED: "messenger.sponsored.spacing",
}


@dataclass(frozen=True)
class Asked:
    """One question about everyone: `view` reduces people to codes, `decide` answers a code."""

    question: Question
    view: View
    book: Rulebook

    def decide(self, code: int) -> Decision:
        return _decided(code, self.question, self.book)


def about(session: Session, broadcast: Broadcast, at: datetime, book: Rulebook) -> Asked:
    """The question of a saved broadcast for people at `at` (aware)."""
    channel = session.get_one(Channel, broadcast.channel_id)
    brand = session.get_one(Brand, broadcast.brand_id)
    kind = Kind(broadcast.kind)
    return ask(brand, channel, kind, broadcast.topic_id, at, book)


def ask(
    brand: Brand,
    channel: Channel,
    kind: Kind,
    topic_id: int | None,
    at: datetime,
    book: Rulebook,
) -> Asked:
    question = Question(
        platform=channel.platform,
        kind=kind,
        at=at,
        business_country=brand.country,
        topic=None if topic_id is None else str(topic_id),
        has_ad_account=bool(channel.ad_account),
    )
    view = View(
        at=at, topic_id=topic_id, paid=kind is Kind.SPONSORED, spacing=spacing(book, kind, at)
    )
    return Asked(question, view, book)


def spacing(book: Rulebook, kind: Kind, at: datetime) -> timedelta:
    """How long an opt-in token rests between two messages of a kind."""
    rule = book.rule(SPACING_RULES.get(kind, ""), at)
    return timedelta(hours=float(rule.params["hours"])) if rule else timedelta()


@lru_cache(maxsize=8192)
def _decided(code: int, question: Question, book: Rulebook) -> Decision:
    return engine.decide(Situation.of(code), question, book)

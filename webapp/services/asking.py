"""A broadcast at a moment, put as the question the rulebook answers and the view SQL looks with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from sqlmodel import Session

from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine
from webapp.domain.policy.engine import Question
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.situation import Situation, once_open
from webapp.domain.policy.verdict import Decision
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.services import house_rules, templates
from webapp.store.situations import View

GENERAL = "whatsapp"  # where an opt-in is to the business and needs no token


@dataclass(frozen=True)
class Asked:
    """One question about everyone: `view` reduces people to codes, `decide` answers a code."""

    question: Question
    view: View
    book: Rulebook
    _known: dict[int, Decision] = field(init=False, compare=False, repr=False, default_factory=dict)

    def decide(self, code: int) -> Decision:
        found = self._known.get(code)
        if found is None:
            found = self._known[code] = _decided(code, self.question, self.book)
        return found

    def hoped(self, code: int) -> Decision | None:
        """What is decided about somebody whose window is closed, once they write. None: it is
        open, or even then nothing would be sent."""
        opened = once_open(code)
        decided = None if opened is None else self.decide(opened)
        return decided if decided is not None and decided.allowed else None


def about(session: Session, broadcast: Broadcast, at: datetime, book: Rulebook) -> Asked:
    """The question of a saved broadcast for people at `at` (aware)."""
    channel = session.get_one(Channel, broadcast.channel_id)
    brand = session.get_one(Brand, broadcast.brand_id)
    kind = Kind(broadcast.kind)
    approved = templates.approved(session, broadcast)
    asked = ask(brand, channel, kind, broadcast.topic_id, at, book, template_approved=approved)
    cap = house_rules.of_broadcast(session, broadcast).cap
    return replace(asked, view=replace(asked.view, cap=cap))


def ask(
    brand: Brand,
    channel: Channel,
    kind: Kind,
    topic_id: int | None,
    at: datetime,
    book: Rulebook,
    *,
    template_approved: bool = False,
) -> Asked:
    """`template_approved`: its message is an approved template of the category the kind needs."""
    question = Question(
        platform=channel.platform,
        kind=kind,
        at=at,
        business_country=brand.country,
        topic=None if topic_id is None else str(topic_id),
        has_ad_account=bool(channel.ad_account),
        template_approved=template_approved,
    )
    view = View(
        at=at,
        topic_id=topic_id,
        paid=kind is Kind.SPONSORED and channel.platform != GENERAL,
        spacing=spacing(book, kind, at, channel.platform),
        general=channel.platform == GENERAL,
    )
    return Asked(question, view, book)


def moved(asked: Asked, at: datetime) -> Asked:
    """The same question for another moment, with what the rules of that day count with."""
    question, book = asked.question, asked.book
    rests = spacing(book, question.kind, at, question.platform)
    return replace(
        asked, question=replace(question, at=at), view=replace(asked.view, at=at, spacing=rests)
    )


def ruled(asked: Asked, later: timedelta) -> Asked:
    """People as they are at the question's moment, under the rules of so much later."""
    under = moved(asked, asked.question.at + later)
    return replace(under, view=replace(under.view, at=asked.view.at))


def spacing(book: Rulebook, kind: Kind, at: datetime, platform: str = "messenger") -> timedelta:
    """How long a token rests between two messages of a kind, as the rules of the day say."""
    rule = book.rule(f"{platform}.{kind}.spacing", at)
    return timedelta(hours=float(rule.params["hours"])) if rule else timedelta()


@lru_cache(maxsize=8192)
def _decided(code: int, question: Question, book: Rulebook) -> Decision:
    return engine.decide(Situation.of(code), question, book)

"""What each person of a wave receives: one version of the content, one recipient, rendered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.domain import message as messages
from webapp.domain.content import Content
from webapp.domain.limits import Limits
from webapp.domain.policy.verdict import Decision, Route
from webapp.domain.subscriber import Facts
from webapp.domain.variables import ATTRIBUTE
from webapp.models.broadcast import Message, Occurrence
from webapp.models.opt_in import Consent
from webapp.platforms import template_parts
from webapp.platforms.protocol import Recipient, TemplateUse
from webapp.store import facts, tokens_of_topics

NOBODY = Facts()  # for messages that are the same for everyone


@dataclass(frozen=True)
class Candidate:
    """A queued row with its person and what the rules say of them now: `claims.claimable`."""

    delivery_id: int
    subscriber_id: int
    key: str  # the person's on the platform
    window_ends_at: datetime | None
    zone: str | None
    consent: Consent | None  # to the broadcast's topic
    code: int
    decided: Decision


@dataclass(frozen=True)
class Composed:
    """A message for one person; `consent` is the one whose token carries it."""

    content: Content
    recipient: Recipient
    fallback: bool
    consent: Consent | None = None

    @property
    def template(self) -> TemplateUse | None:
        """The template this message fills, with this person's values."""
        used = self.content.template
        if used is None:
            return None
        values = template_parts.components(used.platform, used.parts())
        return TemplateUse(used.name, used.language, values)


@dataclass(frozen=True)
class Fault:
    """Why there is no message for this person: the row's reason."""

    reason: str


class Composer:
    """Reads what a wave needs once, then composes person by person."""

    def __init__(
        self,
        session: Session,
        run: Occurrence,
        wave: Sequence[Candidate],
        limits: Limits,
        now: datetime,
    ) -> None:
        people = [it.subscriber_id for it in wave]
        paid = [it.subscriber_id for it in wave if it.decided.route is Route.SPONSORED]
        self._limits = limits
        self._by_token = run.campaign_key is not None  # a campaign's messages go by opt-in token
        frozen = session.get(Message, run.message_id) if run.message_id else None
        self._template = Content.parse(frozen.content) if frozen else Content()
        self._facts = self._facts_of(session, people)
        self._paid = tokens_of_topics.live(session, paid, now) if paid else {}

    def compose(self, it: Candidate) -> Composed | Fault:
        """One person's message; a person for whom it cannot be made stops nobody else."""
        try:
            return self._composed(it)
        except Exception:  # noqa: BLE001 - whatever it is, it is this row's alone
            return Fault("content.unrenderable")

    def _facts_of(self, session: Session, people: Sequence[int]) -> dict[int, Facts]:
        """What the message names of these people; nothing is read that it does not name."""
        named = messages.variables_of(self._template)
        own = any(variable.name.startswith(ATTRIBUTE) for variable in named)
        return facts.named(session, people, attributes_too=own) if named and people else {}

    def _composed(self, it: Candidate) -> Composed | Fault:
        known = self._facts.get(it.subscriber_id, NOBODY)
        content = messages.render(self._template, known)
        if messages.overflows(content, self._limits):
            return Fault("content.too_long")
        if messages.unfilled(content):
            return Fault("content.unrenderable")
        consent = self._consent(it)
        recipient = Recipient("id", it.key)
        if consent is not None and consent.token:
            recipient = Recipient("token", consent.token)
        return Composed(content, recipient, messages.uses_fallback(self._template, known), consent)

    def _consent(self, it: Candidate) -> Consent | None:
        if it.decided.route is Route.SUBSCRIPTION:
            return it.consent
        if it.decided.route is Route.SPONSORED and self._by_token:
            return self._paid[it.subscriber_id]
        return None

"""What each person of a wave receives: one version of the content, one recipient, rendered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

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
from webapp.platforms.protocol import Alike, Recipient, TemplateUse
from webapp.store import facts, tokens_of_topics

NOBODY = Facts()  # for messages that are the same for everyone


class Candidate(NamedTuple):
    """A queued row with its person and what the rules say of them now: `claims.claimable`."""

    delivery_id: int
    subscriber_id: int
    key: str  # the person's on the platform
    window_ends_at: datetime | None
    zone: str | None
    consent: Consent | None  # to the broadcast's topic
    code: int
    decided: Decision


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says: its content, and the template that it fills."""

    content: Content
    template: TemplateUse | None
    fallback: bool
    alike: Alike | None = None  # of those for whom it says the same


class Composed(NamedTuple):
    """A message for one person; `consent` is the one whose token carries it."""

    said: Said
    recipient: Recipient
    consent: Consent | None = None


@dataclass(frozen=True)
class Fault:
    """Why there is no message for this person: the row's reason."""

    reason: str


class Composer:
    """Reads what a wave needs once, then composes person by person; what names nothing of a person
    is made once for all."""

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
        self._named = messages.variables_of(self._template)
        self._facts = self._facts_of(session, people)
        self._for_all: Said | Fault | None = None
        self._paid = tokens_of_topics.live(session, paid, now) if paid else {}

    def compose(self, it: Candidate) -> Composed | Fault:
        """One person's message; a person for whom it cannot be made stops nobody else."""
        try:
            return self._composed(it)
        except Exception:  # noqa: BLE001 - whatever it is, it is this row's alone
            return Fault("content.unrenderable")

    def _facts_of(self, session: Session, people: Sequence[int]) -> dict[int, Facts]:
        """What the message names of these people; nothing is read that it does not name."""
        if not self._named or not people:
            return {}
        own = any(variable.name.startswith(ATTRIBUTE) for variable in self._named)
        return facts.named(session, people, attributes_too=own)

    def _composed(self, it: Candidate) -> Composed | Fault:
        said = self._said_to(it)
        if isinstance(said, Fault):
            return said
        consent = self._consent(it)
        if consent is not None and consent.token:
            return Composed(said, Recipient("token", consent.token), consent)
        return Composed(said, Recipient("id", it.key), consent)

    def _said_to(self, it: Candidate) -> Said | Fault:
        if self._named:
            return self._said(self._facts.get(it.subscriber_id, NOBODY))
        if self._for_all is None:
            said = self._said(NOBODY)
            self._for_all = replace(said, alike=Alike()) if isinstance(said, Said) else said
        return self._for_all

    def _said(self, known: Facts) -> Said | Fault:
        content = messages.render(self._template, known)
        if messages.overflows(content, self._limits):
            return Fault("content.too_long")
        if messages.unfilled(content):
            return Fault("content.unrenderable")
        fallback = messages.uses_fallback(self._template, known)
        return Said(content, _template(content), fallback)

    def _consent(self, it: Candidate) -> Consent | None:
        if it.decided.route is Route.SUBSCRIPTION:
            return it.consent
        if it.decided.route is Route.SPONSORED and self._by_token:
            return self._paid[it.subscriber_id]
        return None


def _template(content: Content) -> TemplateUse | None:
    """The template this message fills, with the values in it."""
    used = content.template
    if used is None:
        return None
    values = template_parts.components(used.platform, used.parts())
    return TemplateUse(used.name, used.language, values)

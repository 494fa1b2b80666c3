"""A person's ends as digits that the database can group by, and such digits as a `Standing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from webapp.domain.event import Opener
from webapp.domain.forecast import Hours, Span, Standing
from webapp.domain.policy.situation import Region, TopicConsent
from webapp.models.opt_in import Consent
from webapp.models.subscriber import Subscriber
from webapp.store import hour_counts
from webapp.store.digits import Digit
from webapp.store.situations import DAY, RECENT, View


@dataclass(frozen=True)
class Look:
    """How people are looked at: over which hours, for which topic, and by which facets the rules
    can tell them apart (others are left out, so that fewer groups are made)."""

    hours: Hours
    facets: frozenset[str]
    topic_id: int | None = None
    paid: bool = False
    spacing: timedelta = timedelta()
    general: bool = False  # as View.general
    past: bool = False  # some hours have passed: windows may have been opened after them

    @property
    def view(self) -> View:
        return View(self.hours.first, self.topic_id, self.paid, self.spacing, self.general)

    def before(
        self, moment: Any, unknown: int = 0, later: timedelta = timedelta()
    ) -> ColumnElement[int]:
        """The hours that begin before a moment and so much `later`."""
        counted = hour_counts.before(moment, self.hours.first - later, self.hours.count)
        return func.coalesce(counted, literal(unknown, Integer))

    def asks(self, facet: str) -> bool:
        return facet in self.facets


def digits_of(look: Look, consent: Any) -> list[Digit]:
    hours = look.hours.count + 1
    found = [Digit(name, size, it) for name, size, it in _personal() if look.asks(name)]
    if look.asks("window"):
        found += _of_window(look)
    if look.asks("recent_human"):
        wrote = look.before(col(Subscriber.last_inbound_at), later=RECENT)
        found.append(Digit("wrote_for", hours, wrote))
    if look.topic_id is not None:
        found += _of_topic(look, consent)
    if look.paid:
        found += _of_paid(look)
    if look.general:
        found += [it for it in _general(look) if look.asks(it.name)]
    return found


def _personal() -> list[tuple[str, int, Any]]:
    return [
        ("opted_out", 2, _yes(col(Subscriber.opted_out_at).is_not(None))),
        ("unavailable", 2, _yes(col(Subscriber.unavailable_at).is_not(None))),
        ("region", len(Region), col(Subscriber.region)),
    ]


def _of_window(look: Look) -> list[Digit]:
    """How long it is fresh is asked of an ad's window alone: fewer groups."""
    hours = look.hours.count + 1
    opened, wrote = col(Subscriber.window_opened_at), col(Subscriber.last_inbound_at)
    last = case((or_(wrote.is_(None), opened > wrote), opened), else_=wrote)
    by_ad = col(Subscriber.window_opener) == Opener.AD_MESSAGE.value
    found = [
        Digit("window_for", hours, look.before(col(Subscriber.window_ends_at))),
        Digit("by_ad", 2, _yes(by_ad)),
        Digit("fresh_for", hours, case((by_ad, look.before(last, later=DAY)), else_=0)),
    ]
    return [*found, Digit("window_after", hours, look.before(opened))] if look.past else found


def _general(look: Look) -> list[Digit]:
    """What only WhatsApp knows, by the names of the facets."""
    free = look.before(col(Subscriber.free_entry_ends_at))
    return [
        Digit("opted_in", 2, _yes(col(Subscriber.opted_in).is_(True))),
        Digit("free_entry", look.hours.count + 1, free),
    ]


def _of_topic(look: Look, consent: Any) -> list[Digit]:
    hours = look.hours.count + 1
    state = case(
        (consent.id.is_(None), int(TopicConsent.NONE)),
        (consent.state != "active", int(TopicConsent.STOPPED)),
        (consent.token.is_(None), int(TopicConsent.NO_TOKEN)),
        else_=int(TopicConsent.ACTIVE),
    )
    live = look.before(consent.token_expires_at, look.hours.count)
    return [
        Digit("topic", len(TopicConsent), state),
        Digit("token_for", hours, live),
        Digit("spaced_after", hours, _spaced(look, consent)),
    ]


def _of_paid(look: Look) -> list[Digit]:
    """Of all the tokens a person gave: the longest life, and the latest end of a spacing."""
    token: Any = aliased(Consent)
    used: Any = aliased(Consent)
    live = (
        select(func.max(look.before(token.token_expires_at, look.hours.count)))
        .where(
            token.subscriber_id == col(Subscriber.id),
            token.brand_id == col(Subscriber.brand_id),
            token.state == "active",
            token.token.is_not(None),
        )
        .scalar_subquery()
    )
    spaced = (
        select(func.max(_spaced(look, used)))
        .where(used.subscriber_id == col(Subscriber.id), used.brand_id == col(Subscriber.brand_id))
        .scalar_subquery()
    )
    hours = look.hours.count + 1
    return [
        Digit("paid_for", hours, func.coalesce(live, 0)),
        Digit("paid_spaced_after", hours, func.coalesce(spaced, 0)),
    ]


def _spaced(look: Look, consent: Any) -> ColumnElement[int]:
    """Hours until both the platform's own time and the rule's spacing have passed."""
    named = look.before(consent.next_eligible_at)
    used = look.before(consent.last_used_at, later=look.spacing)
    return case((named > used, named), else_=used)


def _yes(clause: ColumnElement[bool]) -> ColumnElement[int]:
    return case((clause, 1), else_=0)


def read(named: Mapping[str, int], spans: tuple[Span, ...]) -> Standing:
    window_for = named.get("window_for", 0)
    by_ad = bool(window_for and named.get("by_ad"))  # a closed window has no opener
    return Standing(
        window_for=window_for,
        window_after=min(window_for, named.get("window_after", 0)),
        by_ad=by_ad,
        fresh_for=min(window_for, named.get("fresh_for", 0)) if by_ad else 0,
        wrote_for=named.get("wrote_for", 0),
        topic=TopicConsent(named.get("topic", 0)),
        token_for=named.get("token_for", 0),
        spaced_after=named.get("spaced_after", 0),
        paid_for=named.get("paid_for", 0),
        paid_spaced_after=named.get("paid_spaced_after", 0),
        opted_out=bool(named.get("opted_out")),
        unavailable=bool(named.get("unavailable")),
        opted_in=bool(named.get("opted_in")),
        free_for=named.get("free_entry", 0),
        region=Region(named.get("region", 0)),
        inside=spans,
    )

"""A person's ends as digits that the database can group by, and such digits as a `Standing`."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from webapp.domain.cap import Cap
from webapp.domain.event import Opener
from webapp.domain.forecast import Hours, Span, Standing
from webapp.domain.hourly_turns import NO_ZONE, Turns
from webapp.domain.policy.situation import Region, TopicConsent
from webapp.models.opt_in import Consent
from webapp.models.subscriber import Subscriber
from webapp.store import caps, hour_counts
from webapp.store.digits import Digit
from webapp.store.situations import DAY, RECENT, View


@dataclass(frozen=True)
class Look:
    """How people are looked at: in which hours, at which turns, for which topic, and by which
    facets the rules can tell them apart (others are left out, so that fewer groups are made)."""

    hours: Hours
    turns: Turns
    facets: frozenset[str]
    topic_id: int | None = None
    paid: bool = False
    spacing: timedelta = timedelta()
    general: bool = False  # as View.general
    past: bool = False  # some hours have passed: windows may have been opened after them
    cap: Cap | None = None

    @property
    def view(self) -> View:
        return View(self.hours.first, self.topic_id, self.paid, self.spacing, self.general)

    def before(
        self, moment: Any, unknown: int = 0, later: timedelta = timedelta()
    ) -> ColumnElement[int]:
        """The turns before a moment and so much `later`."""
        moments = self.turns.moments
        counted = [
            hour_counts.before(moment, moments.first + offset - later, moments.count)
            for offset in moments.offsets
        ]
        return func.coalesce(functools.reduce(operator.add, counted), literal(unknown, Integer))

    @property
    def most(self) -> int:
        """Turns: of what lasts beyond the last of them."""
        return self.turns.moments.size

    def asks(self, facet: str) -> bool:
        return facet in self.facets


def digits_of(look: Look, consent: Any) -> list[Digit]:
    turns = look.most + 1
    found = [Digit(name, size, it) for name, size, it in _personal() if look.asks(name)]
    if look.asks("window"):
        found += _of_window(look)
    if look.asks("recent_human"):
        wrote = look.before(col(Subscriber.last_inbound_at), later=RECENT)
        found.append(Digit("wrote_for", turns, wrote))
    if look.topic_id is not None:
        found += _of_topic(look, consent)
    if look.paid:
        found += _of_paid(look)
    if look.general:
        found += [it for it in _general(look) if look.asks(it.name)]
    if look.cap is not None:
        found.append(Digit("capped_for", turns, _capped(look, look.cap)))
    return found


def counted_by_cap(look: Look, cap: Cap) -> Any:
    """The ids of people who have had enough at the first turn; nobody else ever has."""
    return caps.full_at(cap, look.turns.moments.first)


def _capped(look: Look, cap: Cap) -> ColumnElement[int]:
    """Few have had enough: the others' messages are not looked up."""
    had = look.before(caps.last_that_fills(cap), later=cap.span)
    return case((col(Subscriber.id).in_(counted_by_cap(look, cap)), had), else_=0)


def clock_of(look: Look) -> list[Digit]:
    """Whose turns a person has, where these differ."""
    clocks, of_zone = look.turns.clocks, look.turns.of_zone
    if len(clocks) == 1:
        return []
    named = [(zone, clock) for zone, clock in of_zone.items() if zone != NO_ZONE]
    zones = case(
        *((col(Subscriber.timezone) == zone, clock) for zone, clock in named),
        else_=of_zone[NO_ZONE],
    )
    return [Digit("clock", len(clocks), zones)]


def _personal() -> list[tuple[str, int, Any]]:
    return [
        ("opted_out", 2, _yes(col(Subscriber.opted_out_at).is_not(None))),
        ("unavailable", 2, _yes(col(Subscriber.unavailable_at).is_not(None))),
        ("region", len(Region), col(Subscriber.region)),
    ]


def _of_window(look: Look) -> list[Digit]:
    """How long it is fresh is asked of an ad's window alone: fewer groups."""
    turns = look.most + 1
    opened, wrote = col(Subscriber.window_opened_at), col(Subscriber.last_inbound_at)
    last = case((or_(wrote.is_(None), opened > wrote), opened), else_=wrote)
    by_ad = col(Subscriber.window_opener) == Opener.AD_MESSAGE.value
    found = [
        Digit("window_for", turns, look.before(col(Subscriber.window_ends_at))),
        Digit("by_ad", 2, _yes(by_ad)),
        Digit("fresh_for", turns, case((by_ad, look.before(last, later=DAY)), else_=0)),
    ]
    return [*found, Digit("window_after", turns, look.before(opened))] if look.past else found


def _general(look: Look) -> list[Digit]:
    """What only WhatsApp knows, by the names of the facets."""
    free = look.before(col(Subscriber.free_entry_ends_at))
    return [
        Digit("opted_in", 2, _yes(col(Subscriber.opted_in).is_(True))),
        Digit("free_entry", look.most + 1, free),
    ]


def _of_topic(look: Look, consent: Any) -> list[Digit]:
    turns = look.most + 1
    state = case(
        (consent.id.is_(None), int(TopicConsent.NONE)),
        (consent.state != "active", int(TopicConsent.STOPPED)),
        (consent.token.is_(None), int(TopicConsent.NO_TOKEN)),
        else_=int(TopicConsent.ACTIVE),
    )
    live = look.before(consent.token_expires_at, look.most)
    return [
        Digit("topic", len(TopicConsent), state),
        Digit("token_for", turns, live),
        Digit("spaced_after", turns, _spaced(look, consent)),
    ]


def _of_paid(look: Look) -> list[Digit]:
    """Of all the tokens a person gave: the longest life, and the latest end of a spacing."""
    token: Any = aliased(Consent)
    used: Any = aliased(Consent)
    live = (
        select(func.max(look.before(token.token_expires_at, look.most)))
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
    turns = look.most + 1
    return [
        Digit("paid_for", turns, func.coalesce(live, 0)),
        Digit("paid_spaced_after", turns, func.coalesce(spaced, 0)),
    ]


def _spaced(look: Look, consent: Any) -> ColumnElement[int]:
    """Turns until both the platform's own time and the rule's spacing have passed."""
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
        capped_for=named.get("capped_for", 0),
        clock=named.get("clock", 0),
        region=Region(named.get("region", 0)),
        inside=spans,
    )

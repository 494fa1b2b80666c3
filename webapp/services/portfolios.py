"""The limit of a WhatsApp business: known where people look, kept where rows are claimed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from webapp.domain.event import Event as Told
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.rules.rule import Rule
from webapp.domain.portfolio import RULE, Portfolio, limit_of
from webapp.models.channel import Channel
from webapp.services.composing import Candidate
from webapp.store import portfolios

LOOK_AGAIN: Final = timedelta(minutes=1)  # a limit may be raised before somebody leaves the count


def hear(session: Session, channel: Channel, told: Told, later: Collection[object]) -> None:
    """The platform tells a business's limit; not where it told another one later, which came
    before. In the caller's transaction."""
    if told.ref is not None and channel.account is not None and not later:
        portfolios.limits(session, channel.account, int(told.ref))


def rule_of(channel: Channel, book: Rulebook, now: datetime) -> Rule | None:
    """The rule that limits this channel's business, on the days it holds."""
    rule = book.rule(RULE, now)
    return rule if rule is not None and rule.platform == channel.platform else None


def standing(
    session: Session, channel: Channel, book: Rulebook, now: datetime, *, lock: bool = False
) -> Portfolio | None:
    """How far the limit is used; None where no rule sets one. `lock` is for who will use it up."""
    rule = rule_of(channel, book, now)
    if rule is None:
        return None
    limit, known = limit_of(channel.people_a_day), channel.people_a_day is not None
    if limit is None:
        return Portfolio(None)
    span = timedelta(hours=float(rule.params["hours"]))
    ids = portfolios.numbers(session, channel, lock=lock)
    used, first = portfolios.reached(session, ids, now - span)
    return Portfolio(limit, used, first + span if first else None, known)


def about(
    session: Session,
    channel: Channel,
    kind: str,
    book: Rulebook,
    now: datetime,
    *,
    lock: bool = False,
) -> Portfolio | None:
    """As `standing`; None also for a kind that the limit is not about."""
    rule = rule_of(channel, book, now)
    if rule is None or kind not in rule.kinds:
        return None
    return standing(session, channel, book, now, lock=lock)


def admitted(
    portfolio: Portfolio | None, allowed: Sequence[Candidate], now: datetime
) -> tuple[list[Candidate], datetime | None]:
    """Whom the limit lets through, and when to look again for the others, who stay in the queue."""
    if portfolio is None or portfolio.left is None:
        return list(allowed), None
    left, chosen = portfolio.left, []
    for it in allowed:
        outside = not _is_open(it, now)
        if outside and not left:
            continue
        left -= outside
        chosen.append(it)
    if len(chosen) == len(allowed) and not portfolio.full:
        return chosen, None
    return chosen, min(portfolio.frees_at or now + LOOK_AGAIN, now + LOOK_AGAIN)


def _is_open(it: Candidate, now: datetime) -> bool:
    return it.window_ends_at is not None and it.window_ends_at > now

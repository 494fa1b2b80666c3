"""A budget at the claim: the cheapest people first, and a stop before it would be overspent.

Both are asked in the claiming transaction, which holds the broadcast's row when it has a budget:
two workers spend in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services.composing import Candidate
from webapp.store import claims, decisions, deliveries
from webapp.store.situations import View

STOPPED = "brand.budget"  # the reason in the ledger


def next_rows(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    view: View,
    limit: int,
    now: datetime,
    *,
    inside: bool = False,
) -> Sequence[claims.Waiting]:
    """In the order of the plan; under a budget the cheapest first, as its forecast says. `inside`:
    only people whose window is open."""
    budgeted = broadcast.budget_micros is not None
    for price in decisions.prices(session, run)[:-1] if budgeted else ():
        found = claims.claimable(session, run, view, limit, now, price, inside=inside)
        if found:
            return found
    return claims.claimable(session, run, view, limit, now, inside=inside)


def affordable(
    session: Session, broadcast: Broadcast, allowed: Sequence[Candidate], now: datetime
) -> tuple[list[Candidate], int]:
    """As many as the budget carries; when it carries nobody more, all who wait are skipped: the
    second is how many."""
    if broadcast.budget_micros is None or not allowed:
        return list(allowed), 0
    left = broadcast.budget_micros - deliveries.spent_micros(session, broadcast.id or 0)
    chosen: list[Candidate] = []
    for it in allowed:
        left -= it.decided.price_micros
        if left < 0:
            break
        chosen.append(it)
    if chosen:
        return chosen, 0
    return [], deliveries.skip_queued(session, broadcast.id or 0, STOPPED, now)

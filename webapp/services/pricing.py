"""What a broadcast costs, as the check before a send says it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from webapp.domain import reach_findings as findings
from webapp.domain.broadcast import Kind
from webapp.domain.figures import Money
from webapp.domain.finding import Line, Mood, Step, address, bad
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.verdict import Route
from webapp.domain.wording import say
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.services import reach_by_hour
from webapp.services.planning import Forecast

CURRENCY = "USD"  # in which the platforms price, and budgets are set


def lines(
    session: Session,
    broadcast: Broadcast,
    forecast: Forecast | None,
    at: datetime,
    book: Rulebook,
) -> Iterator[Line]:
    """What it costs against its budget; nothing where the audience cannot be read."""
    if forecast is None:
        return
    if not broadcast.budget_micros:
        yield from _without_budget(broadcast, forecast)
        return
    values = {
        "cost": Money(forecast.cost_micros, CURRENCY),
        "budget": Money(broadcast.budget_micros, CURRENCY),
    }
    if forecast.cost_micros > broadcast.budget_micros:
        curve = reach_by_hour.cost(session, broadcast, at, book)
        sentence = findings.stop(curve, broadcast.budget_micros, CURRENCY)
        yield Line(Mood.WARN, sentence, Step.ABOUT)
    else:
        sentence = say("It costs at most %(cost)s of a budget of %(budget)s.", **values)
        source = _price_source(session, broadcast, forecast, at, book)
        yield Line(Mood.GOOD, sentence, Step.ABOUT, source=source)


def _without_budget(broadcast: Broadcast, forecast: Forecast) -> Iterator[Line]:
    """A paid kind needs one; what else the platform charges for is said, and may go without."""
    if Kind(broadcast.kind) is Kind.SPONSORED:
        yield bad(Step.ABOUT, "budget", say("Set a budget: paid messages stop at it."))
    elif forecast.cost_micros:
        sentence = say("The platform charges for these messages: up to %(cost)s. No budget stops "
                       "them before.", cost=Money(forecast.cost_micros, CURRENCY))  # fmt: skip
        yield Line(Mood.WARN, sentence, Step.ABOUT, "budget")


def _price_source(
    session: Session, broadcast: Broadcast, forecast: Forecast, at: datetime, book: Rulebook
) -> str | None:
    """Where the planning prices of that day come from."""
    channel = session.get_one(Channel, broadcast.channel_id)
    route = next(iter(forecast.by_route), Route.SPONSORED)
    price = book.price(None, at, route, channel.platform)
    return None if price is None else address(price.source)

"""How many of a segment each route would reach at a moment, by the same decisions as sending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp import db
from webapp.domain import spending
from webapp.domain.broadcast import Kind
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.situation import Situation
from webapp.domain.policy.verdict import Route
from webapp.domain.segment import Node
from webapp.domain.spending import Curve, Share
from webapp.models.brand import Brand
from webapp.services import asking, situations
from webapp.store import channels, topics


@dataclass(frozen=True)
class Reach:
    """`by_route` counts one person on each route that is legal for them, so it does not add up
    to `total`; `by_topic` splits the subscription route by the topic's slug."""

    at: datetime
    total: int
    by_route: Mapping[Route, int]
    by_topic: Mapping[str, int]


def reach(
    session: Session, node: Node, at: datetime, book: Rulebook, channel_id: int | None = None
) -> Reach:
    """Of one channel, or of all of the brand's."""
    brand = session.get_one(Brand, db.brand_of(session))
    chosen = [it for it in channels.page(session) if channel_id in (None, it.id)]
    people = situations.Sorting(session, node, at, channel_id)

    def reached(kind: Kind, topic_id: int | None = None) -> int:
        asked = [asking.ask(brand, it, kind, topic_id, at, book) for it in chosen]
        return sum(
            _allowed(one, people.tally(one.view, channel.id or 0))
            for one, channel in zip(asked, chosen, strict=True)
        )

    by_topic = {row.slug: reached(Kind.SUBSCRIPTION, row.id) for row in topics.all_of(session)}
    by_route = {
        Route.WINDOW: reached(Kind.STANDARD),
        Route.SUBSCRIPTION: max(by_topic.values(), default=0),
        Route.SPONSORED: reached(Kind.SPONSORED),
    }
    people.keep()
    return Reach(at, len(people.people), by_route, by_topic)


def cost(
    session: Session, node: Node, at: datetime, book: Rulebook, channel_id: int | None = None
) -> Curve:
    """What paid messages to a segment cost, the cheapest people first."""
    brand = session.get_one(Brand, db.brand_of(session))
    people = situations.Sorting(session, node, at, channel_id)
    shares: list[Share] = []
    for channel in channels.page(session):
        if channel_id in (None, channel.id):
            asked = asking.ask(brand, channel, Kind.SPONSORED, None, at, book)
            shares += _shares(asked, people.tally(asked.view, channel.id or 0))
    people.keep()
    return spending.curve(shares)


def _shares(asked: asking.Asked, people: Mapping[int, int]) -> Iterable[Share]:
    for code, n in people.items():
        decided = asked.decide(code)
        if decided.allowed:
            market = Situation.of(code).region.name if decided.price_micros else ""
            yield Share(n, decided.price_micros, decided.route, market)


def _allowed(asked: asking.Asked, people: Mapping[int, int]) -> int:
    return sum(n for code, n in people.items() if asked.decide(code).allowed)

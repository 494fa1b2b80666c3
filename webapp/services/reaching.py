"""How many of a segment each route would reach at a moment, by the same decisions as sending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from webapp.models.channel import Channel
from webapp.services import asking, audiences
from webapp.store import channels, segments, situations, topics


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
    chosen = [it for it in channels.page(session) if channel_id in (None, it.id)]
    by_topic = {
        row.slug: _reached(session, node, chosen, Kind.SUBSCRIPTION, row.id, at, book)
        for row in topics.all_of(session)
    }
    by_route = {
        Route.WINDOW: _reached(session, node, chosen, Kind.STANDARD, None, at, book),
        Route.SUBSCRIPTION: max(by_topic.values(), default=0),
        Route.SPONSORED: _reached(session, node, chosen, Kind.SPONSORED, None, at, book),
    }
    total = audiences.count(session, node, at, channel_id)
    return Reach(at, total, by_route, by_topic)


def cost(
    session: Session, node: Node, at: datetime, book: Rulebook, channel_id: int | None = None
) -> Curve:
    """What paid messages to a segment cost, the cheapest people first."""
    brand = session.get_one(Brand, db.brand_of(session))
    shares: list[Share] = []
    for channel in channels.page(session):
        if channel_id in (None, channel.id):
            asked = asking.ask(brand, channel, Kind.SPONSORED, None, at, book)
            shares += _shares(asked, _people(session, asked, node, channel))
    return spending.curve(shares)


def _shares(asked: asking.Asked, people: Mapping[int, int]) -> Iterable[Share]:
    for code, n in people.items():
        decided = asked.decide(code)
        if decided.allowed:
            market = Situation.of(code).region.name if decided.price_micros else ""
            yield Share(n, decided.price_micros, decided.route, market)


def _reached(
    session: Session,
    node: Node,
    chosen: Sequence[Channel],
    kind: Kind,
    topic_id: int | None,
    at: datetime,
    book: Rulebook,
) -> int:
    brand = session.get_one(Brand, db.brand_of(session))
    return sum(
        _allowed(session, asking.ask(brand, channel, kind, topic_id, at, book), node, channel)
        for channel in chosen
    )


def _allowed(session: Session, asked: asking.Asked, node: Node, channel: Channel) -> int:
    return sum(_counted(asked, _people(session, asked, node, channel)))


def _people(
    session: Session, asked: asking.Asked, node: Node, channel: Channel
) -> Mapping[int, int]:
    clause = segments.clause(session, node, asked.view.at)
    return situations.tally(session, asked.view, clause, channel.id or 0)


def _counted(asked: asking.Asked, people: Mapping[int, int]) -> Iterable[int]:
    return (n for code, n in people.items() if asked.decide(code).allowed)

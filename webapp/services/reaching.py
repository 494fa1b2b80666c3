"""How many of a segment each route would reach at a moment, by the same decisions as sending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    looked = _Look(session, node, at, book, channel_id)
    found = looked.reach()
    looked.people.keep()
    return found


def reach_and_cost(
    session: Session, node: Node, at: datetime, book: Rulebook, channel_id: int | None = None
) -> tuple[Reach, Curve]:
    """And what paid messages to them cost, the cheapest people first."""
    looked = _Look(session, node, at, book, channel_id)
    found = looked.reach(), looked.cost()
    looked.people.keep()
    return found


class _Look:
    """One look at a segment's people, for all that is asked about them."""

    def __init__(
        self, session: Session, node: Node, at: datetime, book: Rulebook, channel_id: int | None
    ) -> None:
        self._session, self._at, self._book = session, at, book
        self._brand = session.get_one(Brand, db.brand_of(session))
        self._channels = [it for it in channels.page(session) if channel_id in (None, it.id)]
        self.people = situations.Sorting.of(session, node, at, channel_id)

    def reach(self) -> Reach:
        topics_ = topics.all_of(self._session)
        by_topic = {row.slug: self._reached(Kind.SUBSCRIPTION, row.id) for row in topics_}
        by_route = {
            Route.WINDOW: self._reached(Kind.STANDARD),
            Route.SUBSCRIPTION: max(by_topic.values(), default=0),
            Route.SPONSORED: self._reached(Kind.SPONSORED),
        }
        return Reach(self._at, len(self.people.people), by_route, by_topic)

    def cost(self) -> Curve:
        sorted_ = self._sorted(Kind.SPONSORED)
        return spending.curve([share for it in sorted_ for share in _shares(*it)])

    def _reached(self, kind: Kind, topic_id: int | None = None) -> int:
        return sum(_allowed(*it) for it in self._sorted(kind, topic_id))

    def _sorted(
        self, kind: Kind, topic_id: int | None = None
    ) -> Iterator[tuple[asking.Asked, Mapping[int, int]]]:
        for channel in self._channels:
            one = asking.ask(self._brand, channel, kind, topic_id, self._at, self._book)
            yield one, self.people.tally(one.view, channel.id or 0)


def _shares(asked: asking.Asked, people: Mapping[int, int]) -> Iterable[Share]:
    for code, n in people.items():
        decided = asked.decide(code)
        if decided.allowed:
            market = Situation.of(code).region.name if decided.price_micros else ""
            yield Share(n, decided.price_micros, decided.route, market)


def _allowed(asked: asking.Asked, people: Mapping[int, int]) -> int:
    return sum(n for code, n in people.items() if asked.decide(code).allowed)

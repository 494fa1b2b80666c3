"""Claims on their way: handed to the transport one by one, or several in one request where their
channel sends in batches, and what came back told to each of them.

A batch is only how requests travel (`domain.batch`). Its claims share the slot of the last of them:
that is how they are known for one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webapp.domain import batch
from webapp.domain.retry import RefusedPerson
from webapp.domain.wording import say
from webapp.platforms import graph_api, graph_batch
from webapp.platforms.registry import Registry
from webapp.platforms.transport import Transport
from webapp.platforms.wire import Reply, Request
from webapp.services.channel_keys import ChannelKeys
from webapp.services.claiming import Wave
from webapp.services.claims import Claim
from webapp.services.hearing import Hearing
from webapp.services.recording import Outcome

ROUNDED = timedelta(microseconds=1)  # slots are
Asked = tuple[Claim, Request]


@dataclass
class Post:
    """What one sender has on its way. `flying` counts messages, not requests."""

    platforms: Registry
    transport: Transport
    keys: ChannelKeys
    hearing: Hearing
    most: dict[int, int] = field(default_factory=dict)  # in one request, by channel
    flying: int = 0

    def line_up(self, wave: Wave) -> Sequence[Claim]:
        """The claims of a wave as they will leave: those of a batch at the slot of its last."""
        way = wave.together
        if not wave.claims or way is None:
            return wave.claims
        self.most[wave.claims[0].channel_id] = way.most
        if way.most < batch.LEAST:
            return wave.claims
        return [claim for some in _batches(wave.claims, way) for claim in _leaving_together(some)]

    def take_next(self, ready: deque[Claim]) -> list[Claim]:
        """The first of `ready`, and whoever leaves with it."""
        first = ready.popleft()
        claims, most = [first], self.most.get(first.channel_id, 1)
        while ready and len(claims) < most and _is_with(first, ready[0]):
            claims.append(ready.popleft())
        return claims

    def hand_over(self, claims: Sequence[Claim]) -> list[Outcome]:
        """Ask the platform; returns those that could not even be put to it."""
        asked, refused = list[Asked](), list[Outcome]()
        for claim in claims:
            try:
                asked.append((claim, self._request(claim)))
            except ValueError as error:  # one row that cannot be asked must not stop the others
                why = say("This message could not be put to the platform: %(why)s", why=str(error))
                refused.append(Outcome(claim, RefusedPerson(0, None, why)))
        for some in self._requests(asked):
            self._submit(some)
        return refused

    def outcomes(self, replies: Iterable[tuple[object, Reply]], now: datetime) -> list[Outcome]:
        return [it for claims, reply in replies for it in self._told(claims, reply, now)]  # type: ignore[arg-type]

    def _request(self, claim: Claim) -> Request:
        platform = self.platforms.carrying(claim.platform, claim.outgoing.route)
        return platform.request(self.keys.of(claim.channel_id), claim.outgoing)

    def _requests(self, asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
        """What travels alone, and the rest together. Whom something on the way has refused before
        is alone: it may have been for their message, and must not take others with it."""
        together = [it for it in asked if self._has_company(it[0])]
        yield from ([it] for it in asked if not self._has_company(it[0]))
        if together:
            yield together

    def _has_company(self, claim: Claim) -> bool:
        alone = claim.outgoing.route in batch.ALONE or claim.delivery_id in self.hearing.stubborn
        return claim.platform in batch.OFFERED and not alone

    def _submit(self, asked: Sequence[Asked]) -> None:
        claims, requests = zip(*asked, strict=True)
        request = requests[0]
        if len(requests) > 1:
            request = graph_batch.request(self.keys.of(claims[0].channel_id), requests)
        self.transport.submit(request, claims)
        self.flying += len(claims)

    def _told(self, claims: Sequence[Claim], reply: Reply, now: datetime) -> Iterator[Outcome]:
        self.flying -= len(claims)
        if len(claims) == 1:
            yield self.hearing.outcome(claims[0], reply, now)
            return
        beside = graph_api.usage(reply)
        for claim, own in zip(claims, graph_batch.replies(reply, len(claims)), strict=True):
            yield self.hearing.outcome(claim, own, now, beside)


def _batches(claims: Sequence[Claim], way: batch.Together) -> Iterator[list[Claim]]:
    """Claims one after the other in batches; one whose slot is too far behind begins another."""
    some: list[Claim] = []
    for claim in claims:
        far = some and claim.slot - some[0].slot > way.within + ROUNDED
        if far or len(some) == way.most:
            yield some
            some = []
        some.append(claim)
    yield some


def _leaving_together(claims: Sequence[Claim]) -> Iterator[Claim]:
    last = claims[-1]
    return (it._replace(slot=last.slot, last_moment=last.last_moment) for it in claims)


def _is_with(one: Claim, other: Claim) -> bool:
    return (one.channel_id, one.slot) == (other.channel_id, other.slot)

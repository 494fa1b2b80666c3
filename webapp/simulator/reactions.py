"""What people do with a message they get: decided by seeded chance the moment it is accepted.

`plan` is pure: the same person, message number and seed give the same reactions. Shares are of all
messages accepted, so a tap implies a read and a read implies a delivery.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webapp.simulator import content, events, phrases
from webapp.simulator.answers import Json
from webapp.simulator.clock import SECOND

BEHAVIOUR: dict[str, float] = {
    "delivered": 0.92,
    "read": 0.60,
    "tapped": 0.08,
    "clicked": 0.06,
    "replied": 0.05,
    "reacted": 0.02,
    "stopped": 0.005,
    "blocked": 0.001,
    "opted_in": 0.35,  # of those who are asked to
}
QUICKEST_DELIVERY, SLOWEST_DELIVERY = 0.4, 6.0  # seconds
MEAN_READ, SLOWEST_READ = 150.0, 2400.0
QUICKEST_ANSWER, SLOWEST_ANSWER = 2.0, 90.0


@dataclass(frozen=True, slots=True)
class Reaction:
    """`delay` in milliseconds after the message was accepted."""

    delay: int
    kind: str
    detail: Json


def plan(
    dice: random.Random, said: Json, about: Json, locale: str, shares: dict[str, Any], speed: float
) -> Iterator[Reaction]:
    """The reactions to one message; `about` names it (mid, or tracking, campaign and token)."""
    share = BEHAVIOUR | shares
    delivered = dice.random()
    arrives = dice.uniform(QUICKEST_DELIVERY, SLOWEST_DELIVERY)
    reads = arrives + min(dice.expovariate(1 / MEAN_READ), SLOWEST_READ)
    if delivered >= share["delivered"]:
        return
    yield _at(arrives, speed, "deliver", about)
    if delivered >= share["read"]:
        return
    yield _at(reads, speed, "read", about)
    for kind, detail in _answers(dice, said, locale, share):
        delay = reads + dice.uniform(QUICKEST_ANSWER, SLOWEST_ANSWER)
        yield _at(delay, speed, kind, about | detail)


def _answers(
    dice: random.Random, said: Json, locale: str, share: dict[str, Any]
) -> Iterator[tuple[str, Json]]:
    """What somebody who has read does with it; each share is of everybody, not of readers."""

    def decides(name: str, weight: float = 1.0) -> bool:
        return bool(dice.random() * share["read"] < share[name] * weight)

    choices = events.choices(said)
    if choices and decides("tapped"):
        yield "tap", {"choice": dice.choice(choices)}
    links = [b["url"] for b in content.buttons(said) if b.get("type") == "web_url"]
    if links and decides("clicked"):
        yield "click", {"url": dice.choice(links)}
    if decides("replied"):
        yield "reply", {"text": phrases.reply(dice, locale)}
    if decides("reacted"):
        yield "react", {"emoji": phrases.emoji(dice)}
    if decides("stopped"):
        yield "stop", {"text": phrases.stop(dice)}
    if decides("blocked"):
        yield "block", {}
    if content.kind(said) == "notification_messages" and decides("opted_in", share["read"]):
        yield "opt_in", {"asked": said["attachment"]["payload"]}


def _at(seconds: float, speed: float, kind: str, detail: Json) -> Reaction:
    return Reaction(int(seconds * SECOND / speed), kind, detail)

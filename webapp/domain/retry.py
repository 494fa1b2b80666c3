"""What the world answered to one message, as values, and when a channel may try again.

Six answers and no seventh (the delivery guarantees, "What an answer means"). A caller matches on
the type; nothing here is raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.domain.wording import Sentence

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=15)  # our own back-off never waits longer than this
LONGEST_ASKED_WAIT = timedelta(hours=24)  # the platforms' longest window of limits is a rolling day


class PersonEffect(StrEnum):
    """What a final refusal says about the person, beyond this one delivery."""

    NONE = "none"
    CLOSE_WINDOW = "close_window"  # the platform's word about a window beats ours
    UNAVAILABLE = "unavailable"  # until the person writes again
    DROP_TOKEN = "drop_token"  # noqa: S105 - an effect, not a secret
    STOP_TOPIC = "stop_topic"  # the person stopped this topic: an opt-out
    NEXT_ELIGIBLE = "next_eligible"  # too soon after the last one; may be written to later


class WaitScope(StrEnum):
    """What has to wait after a refusal that will pass."""

    CHANNEL = "channel"
    BROADCAST = "broadcast"  # a paid campaign warming up or paced: others on the channel go on
    PERSON = "person"  # one person had too many just now: everyone else goes on


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform took it: `sent`. `recipient_id` is absent for sends by token.

    `held`: it waits at the platform for a verdict on its content, and may be dropped by it later.
    """

    message_id: str
    recipient_id: str | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class RefusedLater:
    """Not taken, and not the person's doing: `scope` waits and the row is queued again.

    `wait_seconds` is what the platform asked for; None leaves it to `next_attempt`.
    `perhaps_alone`: not the platform's own word, so it may be about this one message after all.
    """

    code: int | None
    subcode: int | None
    wait_seconds: float | None
    sentence: Sentence
    scope: WaitScope = WaitScope.CHANNEL
    perhaps_alone: bool = False


@dataclass(frozen=True, slots=True)
class RefusedPerson:
    """Not taken, finally, for this person only: `failed`."""

    code: int
    subcode: int | None
    sentence: Sentence
    effect: PersonEffect = PersonEffect.NONE


@dataclass(frozen=True, slots=True)
class StopChannel:
    """Not taken, nor will any other be: rows stay queued and `sentence` says what to do next."""

    code: int
    subcode: int | None
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class ContentWrong:
    """Not taken because of what was said, or of its paid campaign: its broadcast stops here.

    The rows after it stay queued; `sentence` says what to mend. Other broadcasts go on.
    """

    code: int
    subcode: int | None
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """May or may not have been taken: `unknown`, never resent blindly."""

    code: int | None
    subcode: int | None
    sentence: Sentence


Answer = Accepted | RefusedLater | RefusedPerson | StopChannel | ContentWrong | Ambiguous


def next_attempt(now: datetime, failures: int, wait_seconds: float | None = None) -> datetime:
    """When a channel may try again after `failures` refusals in a row (1 for the first).

    A wait the platform asked for is honoured in full, up to a day; otherwise 2 s, doubling,
    at most 15 minutes. Never earlier than our own back-off.
    """
    doublings = min(max(failures, 1) - 1, 30)
    wait = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    if wait_seconds is not None and wait_seconds > 0:
        asked = timedelta(seconds=min(wait_seconds, LONGEST_ASKED_WAIT.total_seconds()))
        wait = max(wait, asked)
    return now + wait

"""What a reply means for the claim it answers, and what the replies of a channel say together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from webapp.domain import rate, retry
from webapp.domain.retry import Accepted, Answer, RefusedLater, RefusedPerson, WaitScope
from webapp.domain.wording import say
from webapp.platforms.registry import Registry
from webapp.platforms.wire import Reply
from webapp.services.claims import Claim
from webapp.services.recording import Outcome

PAIR_BASE, MOST_TRIES = 4, 5  # about a quarter of an hour at the most
ALONE_AFTER = 3  # refusals of one message, each with others taken since the one before
_GIVEN_UP = say(
    "Something between us and the platform refused this message again and again while others "
    "went through."
)


@dataclass
class Hearing:
    """What one sender has heard so far; by channel."""

    platforms: Registry
    usage: dict[int, tuple[rate.Usage, datetime]] = field(default_factory=dict)  # told, until when
    failures: dict[int, tuple[int, datetime]] = field(default_factory=dict)  # in a row, since
    pairs: dict[int, int] = field(default_factory=dict)  # by delivery: refused for its person
    taken: dict[int, datetime] = field(default_factory=dict)  # by channel: the last message
    stubborn: dict[int, tuple[int, datetime]] = field(default_factory=dict)  # by delivery, since

    def outcome(
        self, claim: Claim, reply: Reply, now: datetime, beside: rate.Usage | None = None
    ) -> Outcome:
        """`beside`: what the answer that held this reply among others said of our usage."""
        platform = self.platforms.carrying(claim.platform, claim.outgoing.route)
        answer = self._heard(claim, platform.answer(reply), now)
        used = rate.fuller(platform.usage(reply), beside)
        if used is not None:
            self.usage[claim.channel_id] = used, rate.told_until(used, now)
        resume_at = rate.pause_until(used, now)
        if not isinstance(answer, RefusedLater):
            self.failures.pop(claim.channel_id, None)
            self.pairs.pop(claim.delivery_id, None)
            self.stubborn.pop(claim.delivery_id, None)
        elif answer.scope is WaitScope.PERSON:
            resume_at = self._pair(claim, answer, now)
        else:
            failures = self._failures(claim, now)
            again_at = retry.next_attempt(now, failures, answer.wait_seconds)
            resume_at = max(again_at, resume_at or again_at)
        return Outcome(claim, answer, resume_at)

    def used(self, channel_id: int, now: datetime) -> rate.Usage | None:
        """What the platform last told of our usage, while it may still be so: not every answer
        tells, and a limit that has lifted must not slow the channel down until the next word."""
        told, until = self.usage.get(channel_id, (None, now))
        return told if now < until else None

    def _heard(self, claim: Claim, answer: Answer, now: datetime) -> Answer:
        if isinstance(answer, Accepted):
            self.taken[claim.channel_id] = now
        if isinstance(answer, RefusedLater) and _may_be_alone(answer):
            return self._alone(claim, answer, now)
        return answer

    def _alone(self, claim: Claim, answer: RefusedLater, now: datetime) -> Answer:
        """What is refused again and again while others get through waits by itself from then on,
        longer each time: it must not slow down everyone for ever. It is given up in the end where
        it was not the platform that refused it."""
        times, since = self.stubborn.get(claim.delivery_id, (0, None))
        if since is None or self.taken.get(claim.channel_id, since) > since:
            times, since = times + 1, now
        self.stubborn[claim.delivery_id] = (times, since)
        if times <= ALONE_AFTER:
            return answer
        if answer.perhaps_alone and self.pairs.get(claim.delivery_id, 0) > MOST_TRIES:
            return RefusedPerson(0, None, _GIVEN_UP)
        return replace(answer, scope=WaitScope.PERSON)

    def _pair(self, claim: Claim, answer: RefusedLater, now: datetime) -> datetime:
        """WhatsApp's own advice for one person: 4 to the power of the tries, in seconds."""
        tries = self.pairs.get(claim.delivery_id, 0)
        self.pairs[claim.delivery_id] = tries + 1
        seconds = max(answer.wait_seconds or 0.0, float(PAIR_BASE ** min(tries, MOST_TRIES)))
        return now + timedelta(seconds=seconds)

    def _failures(self, claim: Claim, now: datetime) -> int:
        """How often in a row: all that was claimed before the first refusal is one wave."""
        before, since = self.failures.get(claim.channel_id, (0, None))
        if since is None or claim.claimed_at > since:
            self.failures[claim.channel_id] = (before + 1, now)
        return self.failures[claim.channel_id][0]


def _may_be_alone(answer: RefusedLater) -> bool:
    """The platform names no time and means everybody; what it means so long may be one message."""
    everybody = answer.scope is WaitScope.CHANNEL and answer.wait_seconds is None
    return answer.perhaps_alone or everybody

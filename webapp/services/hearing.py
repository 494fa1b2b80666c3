"""What a reply means for the claim it answers, and what the replies of a channel say together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from webapp.domain import rate, retry
from webapp.domain.retry import RefusedLater
from webapp.platforms.registry import Registry
from webapp.platforms.wire import Reply
from webapp.services.claims import Claim
from webapp.services.recording import Outcome


@dataclass
class Hearing:
    """What one sender has heard so far; by channel."""

    platforms: Registry
    usage: dict[int, rate.Usage] = field(default_factory=dict)  # as last told
    failures: dict[int, tuple[int, datetime]] = field(default_factory=dict)  # in a row, since

    def outcome(self, claim: Claim, reply: Reply, now: datetime) -> Outcome:
        platform = self.platforms.carrying(claim.platform, claim.outgoing.route)
        answer = platform.answer(reply)
        used = platform.usage(reply)
        if used is not None:
            self.usage[claim.channel_id] = used
        resume_at = rate.pause_until(used, now)
        if isinstance(answer, RefusedLater):
            failures = self._failures(claim, now)
            resume_at = retry.next_attempt(now, failures, answer.wait_seconds)
        else:
            self.failures.pop(claim.channel_id, None)
        return Outcome(claim, answer, resume_at)

    def _failures(self, claim: Claim, now: datetime) -> int:
        """How often in a row: all that was claimed before the first refusal is one wave."""
        before, since = self.failures.get(claim.channel_id, (0, None))
        if since is None or claim.claimed_at > since:
            self.failures[claim.channel_id] = (before + 1, now)
        return self.failures[claim.channel_id][0]

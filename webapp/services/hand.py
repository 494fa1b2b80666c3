"""The claims that one sender holds: those for whom no request was made yet, and the last asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from webapp.services.claiming import Wave
from webapp.services.claims import Claim, Unasked


@dataclass
class Hand:
    """Belongs to its sender. `passing`: asked since answers were written down, in the turn that
    claims the next wave."""

    ready: deque[Claim] = field(default_factory=deque)  # by their slots
    overdue: list[Claim] = field(default_factory=list)  # their slot passed; they wait for another
    passing: Sequence[Claim] = ()

    def line_up(self, claims: Sequence[Claim]) -> None:
        """One channel's are in order already, and behind its earlier ones."""
        behind = not self.ready or not claims or self.ready[-1].slot <= claims[0].slot
        self.ready.extend(claims)
        if not behind:
            self.ready = deque(sorted(self.ready, key=lambda claim: claim.slot))

    def overdue_of(self, run_id: int) -> list[Claim]:
        return [claim for claim in self.overdue if claim.occurrence_id == run_id]

    def put_off(self, run_id: int, wave: Wave) -> None:
        """What a wave had no slot for is overdue still."""
        others = [claim for claim in self.overdue if claim.occurrence_id != run_id]
        self.overdue = others + wave.overdue

    def new(self, wave: Wave) -> list[Claim]:
        """Those of a wave that were not claimed before it."""
        before = {claim.delivery_id for claim in self.overdue}
        return [claim for claim in wave.claims if claim.delivery_id not in before]

    def held(self, run_id: int, channel_id: int) -> Unasked:
        """What is claimed, of the run and of its whole channel, and not asked before this turn.
        What of the run waits for another slot is counted where it gets one."""
        others = (it for it in self.overdue if it.occurrence_id != run_id)
        held = (*self.ready, *self.passing, *others)
        of_channel = [it.occurrence_id for it in held if it.channel_id == channel_id]
        return Unasked(of_channel.count(run_id), len(of_channel))

    def drop_stale(self, oldest: datetime) -> list[Claim]:
        """Those who wait for another slot since before `oldest`."""
        stale = [claim for claim in self.overdue if claim.claimed_at < oldest]
        if stale:
            self.overdue = [claim for claim in self.overdue if claim.claimed_at >= oldest]
        return stale

    def drop_all(self) -> list[Claim]:
        dropped = [*self.ready, *self.overdue]
        self.ready.clear()
        self.overdue.clear()
        return dropped

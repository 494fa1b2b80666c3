"""Which channels a sender looks after, where several senders work on one database.

A channel is with one of them at a time: the one that took its last wave, for as long as it goes on
taking waves (`rate.is_held`). Nobody waits for another's claims then, each claims whole waves, and
whoever knows all that a channel was asked lately may ask late (`evenness`). A sender that dies or
freezes leaves its channels to the others a second or so after its last slot.

Senders that begin together come to equal shares: at each look, one takes no more new channels than
it has. A sender that has two more than another leaves one of them alone, until that one has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain import rate
from webapp.store import occurrences, rates

LOOK = timedelta(seconds=2)  # at what the others have
LEFT = 2 * rate.APART  # long enough for another sender to have taken it


@dataclass
class Shares:
    """Of one sender. `left`: channels that others may have, and until when."""

    worker_id: int = 0
    others: dict[int, int] = field(default_factory=dict)  # channels by sender
    looked_at: datetime | None = None
    left: dict[int, datetime] = field(default_factory=dict)

    def begin(self, worker_id: int) -> None:
        """With a fresh fence nothing is ours."""
        self.worker_id, self.looked_at = worker_id, None
        self.left.clear()

    def runs(self, session: Session, now: datetime) -> list[int]:
        """The runs of our channels, and of new ones, of which a wave may be claimed."""
        found = [
            it for it in occurrences.sending(session, now)
            if it.worker_id in (None, self.worker_id)
        ]  # fmt: skip
        mine = {it.channel_id for it in found if it.worker_id is not None}
        self._look(session, mine, now)
        mine -= self.left.keys()
        new = dict.fromkeys(it.channel_id for it in found if it.worker_id is None)
        mine.update(self._some([it for it in new if it not in self.left], len(mine)))
        return [it.run_id for it in found if it.channel_id in mine]

    def _some(self, free: list[int], have: int) -> list[int]:
        """Each sender begins elsewhere, so that two do not reach for the same."""
        if not self.others or not free:
            return free
        first = self.worker_id % len(free)
        return (free[first:] + free[:first])[: max(1, have)]

    def _look(self, session: Session, mine: set[int], now: datetime) -> None:
        """Now and then, whether somebody has less to do."""
        self.left = {channel: until for channel, until in self.left.items() if now < until}
        if self.looked_at is not None and self.looked_at <= now < self.looked_at + LOOK:
            return
        self.looked_at = now
        self.others = rates.shares(session, now)
        self.others.pop(self.worker_id, None)
        if mine and self.others and min(self.others.values()) < len(mine) - 1:
            self.left[max(mine)] = now + LEFT

"""While a broadcast goes out people opt out, windows end, and a manager pauses and resumes.

Nothing may reach the platform later than a second after the word was given (invariant 5): the
platform's own times are compared with ours.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select, update

from tests.torture import proof
from tests.torture.ground import PEOPLE, Ground, until
from tests.torture.kills import CAST
from tests.torture.proof import Proof
from webapp.models.subscriber import Subscriber
from webapp.services import steering

GRACE = timedelta(seconds=1)
ROUNDS, AT_A_TIME = 20, 10
Moments = dict[str, datetime]  # by the person's key


def run(ground: Ground, *, people: int = PEOPLE, rounds: int = ROUNDS) -> Proof:
    ends = _windows_end(ground)
    stopped: Moments = {}
    pauses: list[tuple[datetime, datetime]] = []
    with ground.jobs():
        broadcast = ground.broadcast()
        until(lambda: ground.simulator.count()["accepted"] > 0, "a message")
        for n in range(rounds):
            stopped |= _opt_out(ground)
            if n % 5 == 2 and ground.state(broadcast) == "sending":
                pauses.append(_pause(ground, broadcast))
        ground.until_all_done()
    found = proof.prove(ground, people=people + CAST)
    late = _late(ground, {**stopped, **_earlier(ends, stopped)}, pauses)
    found.facts |= {"opted out": len(stopped), "windows ended": len(ends), "pauses": len(pauses),
                    "too late": late}  # fmt: skip
    found.crooked += late
    return found


def _earlier(ends: Moments, stopped: Moments) -> Moments:
    return {key: min(at, stopped.get(key, at)) for key, at in ends.items()}


def _windows_end(ground: Ground) -> Moments:
    """A tenth of the people have windows that end while the broadcast goes out."""
    with ground.db.writer(ground.brand) as session:
        chosen = session.exec(select(Subscriber).where(col(Subscriber.key).like("90%5"))).all()
        for person in chosen:
            seconds = ground.chance.uniform(5, 25)
            person.window_ends_at = datetime.now(UTC) + timedelta(seconds=seconds)
        session.commit()
        return {it.key: it.window_ends_at for it in chosen if it.window_ends_at}


def _opt_out(ground: Ground) -> Moments:
    """Some who were not written to yet, or were; acknowledged when this returns."""
    with ground.db.reader(ground.brand) as session:
        open_ = select(Subscriber.key).where(
            col(Subscriber.opted_out_at).is_(None), col(Subscriber.key).like("90%")
        )
        keys = ground.chance.sample(list(session.exec(open_)), AT_A_TIME)
    with ground.db.writer(ground.brand) as session:
        where = col(Subscriber.key).in_(keys)
        session.exec(update(Subscriber).where(where).values(opted_out_at=datetime.now(UTC)))
        session.commit()
    return dict.fromkeys(keys, datetime.now(UTC))


def _pause(ground: Ground, broadcast: int) -> tuple[datetime, datetime]:
    with ground.db.writer(ground.brand) as session:
        steering.pause(session, ground.stage.actor(), broadcast, datetime.now(UTC))
    since = datetime.now(UTC)
    time.sleep(2.0)
    until_ = datetime.now(UTC)
    with ground.db.writer(ground.brand) as session:
        steering.resume(session, ground.stage.actor(), broadcast, until_)
    return since, until_


def _late(ground: Ground, forbidden: Moments, pauses: list[tuple[datetime, datetime]]) -> int:
    """Messages the platform accepted although they were forbidden for more than a second."""
    late = 0
    for call in proof.journal(ground):
        at = datetime.fromisoformat(call["at"])
        since = forbidden.get(call["psid"] or "")
        paused = any(start + GRACE < at < end for start, end in pauses)
        late += bool(call["accepted"]) and (paused or (since is not None and at > since + GRACE))
    return late

"""Backups taken while messages go out, and brought back after the sender was killed.

Each time one broadcast is under way when the copy is made and another begins after it, so that the
restored database uses the other's numbers again. Nothing is sent from it until a person has looked:
they cancel what was under way and let it go on, or go on without whoever waits, as the README says;
then a third goes out. Every other time the copy is put back by hand, behind the program's back,
which is to notice (SQLite).

What the platform accepted after a copy was made stands in no ledger any more, and can only there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.torture import proof, servers
from tests.torture.ground import RATE, Ground, until
from tests.torture.kills import CAST
from tests.torture.machines import ROOT
from tests.torture.proof import Proof
from webapp.db import EVERY_BRAND
from webapp.domain.delivery import DeliveryState
from webapp.domain.halt import Cause
from webapp.models.channel import Channel
from webapp.services import halting, steering

PEOPLE, TIMES = 600, 4
SLOW = 8  # a second, so that a broadcast is still under way when its copy is made
SOME = 20  # messages before the next step
LOOKS_S = 3.0  # how long nothing may be sent


@dataclass
class Seen:
    forgotten: int = 0  # accepted after the copy was made: whom the restored database would ask
    unconfirmed: int = 0  # accepted before a person let it go on
    again: int = 0  # accepted after that, and no message of the broadcast that came then
    unnoticed: int = 0  # restores after which nothing was halted
    by_hand: int = 0


def run(ground: Ground, *, people: int = PEOPLE, times: int = TIMES) -> Proof:
    seen = Seen()
    for number in range(times):
        by_hand = number % 2 == 1 and ground.db.is_sqlite
        _once(ground, seen, by_hand=by_hand, leaving_out=number >= times // 2)
    found = proof.prove(ground, people=people + CAST, kills=times, rate=SLOW)
    found.unheard_of -= seen.forgotten
    found.crooked += seen.unconfirmed + seen.again + seen.unnoticed
    found.facts |= {
        "restores": times, "of these by hand": seen.by_hand, "sent after a copy": seen.forgotten,
        "sent unconfirmed": seen.unconfirmed, "sent again": seen.again,
        "restores unnoticed": seen.unnoticed,
    }  # fmt: skip
    return found


def _once(ground: Ground, seen: Seen, *, by_hand: bool, leaving_out: bool) -> None:
    copy = ground.folder / f"{len(ground.broadcasts)}.backup"
    _at_rate(ground, SLOW)
    with ground.jobs() as machine:
        under_way = ground.broadcast()
        _some_messages(ground)
        begun = _heard(ground)
        _command(ground, "backup", str(copy))
        ground.broadcasts.remove(later := ground.broadcast())
        until(lambda: ground.totals(later).audience or 0, "the plan of what is forgotten")
        _some_messages(ground)
        machine.kill()
    killed = _heard(ground)
    _bring_back(ground, copy, by_hand=by_hand)
    seen.by_hand += by_hand
    cause = Cause.BEHIND if by_hand else Cause.RESTORED
    _look_and_go_on(ground, seen, None if leaving_out else under_way, cause)
    confirmed = _heard(ground)
    ours = {key for key, row in proof.ledger(ground).items() if row.broadcast_id != under_way}
    seen.unconfirmed += len(_accepted(ground, killed, confirmed))
    _at_rate(ground, RATE)
    with ground.jobs():
        ground.broadcast()
        ground.until_all_done()
        until(lambda: not _claimed(ground), "an end of what the dead had claimed")
    rows = proof.ledger(ground)
    seen.forgotten += sum(key not in rows for key in _accepted(ground, begun, killed))
    latest = {key for key, row in rows.items() if row.broadcast_id == ground.broadcasts[-1]}
    assert not latest & ours, "a key that was used before"
    since = _accepted(ground, confirmed, _heard(ground))
    seen.again += sum((since - Counter(latest)).values())


def _claimed(ground: Ground) -> int:
    """Also of what was cancelled: on PostgreSQL the dead are known after a lease of silence."""
    return sum(row.state == DeliveryState.CLAIMED for row in proof.ledger(ground).values())


def _at_rate(ground: Ground, rate: int) -> None:
    with ground.db.writer(ground.brand) as session:
        session.get_one(Channel, ground.stage.people.channel).rate_per_second = rate
        session.commit()


def _some_messages(ground: Ground) -> None:
    before = ground.simulator.count()["accepted"]
    until(lambda: ground.simulator.count()["accepted"] > before + SOME, "some messages")


def _look_and_go_on(ground: Ground, seen: Seen, cancelled: int | None, cause: Cause) -> None:
    """Started, it sends nothing; a person cancels what was under way, and it still does not. None:
    they cancel nothing, and leave out who waits."""
    with ground.jobs():
        time.sleep(LOOKS_S)
        with ground.db.reader(EVERY_BRAND) as session:
            halted = halting.current(session)
        seen.unnoticed += halted is None or halted.cause is not cause
        if cancelled is not None:
            with ground.db.writer(ground.brand) as session:  # Refused if the copy came too late
                now = ground.stage.clock.now()
                steering.cancel(session, ground.stage.actor(), cancelled, now)
        time.sleep(LOOKS_S)
    _command(ground, "go-on", *(["--leaving-out"] if cancelled is None else []))


def _bring_back(ground: Ground, copy: Path, *, by_hand: bool) -> None:
    ground.db.dispose()
    if not by_hand:
        _command(ground, "restore", str(copy), "--yes")
        return
    named = Path(make_url(ground.db.url).database or "")
    for beside in ("-wal", "-shm"):
        named.with_name(named.name + beside).unlink(missing_ok=True)
    shutil.copyfile(copy, named)


def _command(ground: Ground, *words: str) -> None:
    environ = {**ground.environ, **servers.programs(ground.db.url)}
    done = subprocess.run(
        [sys.executable, "-m", "webapp", *words],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _heard(ground: Ground) -> int:
    """The newest message the platform has had."""
    return max((int(it["id"]) for it in proof.journal(ground)), default=0)


def _accepted(ground: Ground, after: int, until_: int) -> Counter[str]:
    """How often each key was, of messages after one and up to the other."""
    heard = (it for it in proof.journal(ground) if after < int(it["id"]) <= until_)
    return Counter(str(it["key"]) for it in heard if it["accepted"])

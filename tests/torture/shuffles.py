"""Everything the platform tells comes twice and in any order, while sender and web are killed.

In the end nobody is unknown who was accepted, for no echo is lost; every figure of the rollups is
the number of rows that say so; and all of it told once more, shuffled, changes nothing.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlmodel import col, func, select

from tests import cast
from tests.bench import sink
from tests.torture import forking, kills, proof
from tests.torture.ground import OPTIONS, PEOPLE, Ground, until
from tests.torture.kills import CAST
from tests.torture.machines import Machine
from tests.torture.proof import Proof
from webapp.db import EVERY_BRAND
from webapp.domain.delivery import DeliveryState
from webapp.models.raw_event import RawEvent
from webapp.models.rollup import RollupDay
from webapp.platforms import signature

AT_A_TIME = 3  # kills of the sender for one of the web
FACTS = ("delivered", "read", "clicked", "replied")
OUTCOMES = ("sent", "failed", "unknown")
BEFORE_EMPTY_S = 1.0  # between two looks at whether everything was told and read


def run(ground: Ground, times: int, *, people: int = PEOPLE) -> Proof:
    port = sink.free_port()
    address = f"http://127.0.0.1:{port}/webhooks/meta/default"
    ground.simulator.register_page(options=OPTIONS, webhook_url=address)
    ground.simulator.pause_reactions(paused=False)
    for kind in ("webhook_doubled", "webhook_shuffled"):
        ground.simulator.fault(kind, probability=0.5)
    ground.trouble()
    with forking.mother(ground.environ) as mother:
        for done in range(0, times, AT_A_TIME):
            with _web(ground, port) as web:
                kills.kill(ground, mother, min(AT_A_TIME, times - done))
                web.kill()
    ground.simulator.no_faults()
    with _web(ground, port), ground.jobs():
        ground.until_all_done()
        _until_all_told(ground)
        before = _state(ground)
        found = proof.prove(ground, people=people + CAST, kills=times)
        again = _tell_again(ground, address)
        _until_all_told(ground)
        found.crooked += _differences(before, _state(ground))
    found.crooked += _miscounted(ground)
    found.lost += _never_settled(ground)
    found.facts |= {"told again": again, **_known(ground)}
    return found


@contextmanager
def _web(ground: Ground, port: int) -> Iterator[Machine]:
    """Serving when it is handed over; stopped in the end, if it lives still."""
    serving = Machine.started("web", ground.folder, ground.environ, "webapp", "serve",
                              "--port", str(port))  # fmt: skip
    try:
        until(lambda: _answers(port), "the web")
        yield serving
    finally:
        serving.stop()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def _until_all_told(ground: Ground) -> None:
    """Nothing waits at the platform, nothing in the inbox, and a moment later nothing either."""
    for _ in range(2):
        until(lambda: _waiting(ground) == 0, "everything told and read")
        time.sleep(BEFORE_EMPTY_S)


def _waiting(ground: Ground) -> int:
    state = ground.simulator.state()
    with ground.db.reader(EVERY_BRAND) as session:
        new = select(func.count()).select_from(RawEvent).where(RawEvent.state == "new")
        unread = session.exec(new).one()
    return int(state["reactions_to_come"]) + int(state["webhooks_waiting"]) + unread


def _tell_again(ground: Ground, address: str) -> int:
    """Every event that ever came, in another order and other company."""
    with ground.db.reader(EVERY_BRAND) as session:
        bodies = [json.loads(row) for row in session.exec(select(RawEvent.body)) if row]
    told = [event for body in bodies for entry in body["entry"]
            for event in entry.get("messaging", [])]  # fmt: skip
    ground.chance.shuffle(told)
    for first in range(0, len(told), 100):
        entry = {"id": cast.PAGE, "messaging": told[first : first + 100], "time": first}
        _post(address, {"object": "page", "entry": [entry]})
    return len(told)


def _post(address: str, body: dict[str, Any]) -> None:
    """Until it is kept: who hears 503 posts again, as the platform does."""
    raw = json.dumps(body).encode()
    signed = {"X-Hub-Signature-256": signature.sign(raw, cast.APP_SECRET)}
    request = urllib.request.Request(address, raw, signed)  # noqa: S310 - our own loopback
    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310
        assert reply.status == 200


def _state(ground: Ground) -> dict[str, tuple[object, ...]]:
    return {
        key: (row.state, *(getattr(row, f"{fact}_at") for fact in FACTS))
        for key, row in proof.ledger(ground).items()
    }


def _differences(before: dict[str, tuple[object, ...]], after: dict[str, Any]) -> int:
    return sum(after.get(key) != row for key, row in before.items())


def _known(ground: Ground) -> dict[str, int]:
    """How many rows say so."""
    rows = proof.ledger(ground).values()
    found = Counter(fact for row in rows for fact in FACTS if getattr(row, f"{fact}_at"))
    found += Counter(
        name for row in rows for name in OUTCOMES if row.state == DeliveryState[name.upper()]
    )
    return dict(found)


def _miscounted(ground: Ground) -> int:
    """Figures of the rollups that are not the number of rows that say so."""
    names = (*FACTS, *OUTCOMES)
    with ground.db.reader(ground.brand) as session:
        sums = session.exec(select(*(func.sum(col(getattr(RollupDay, n))) for n in names))).one()
    known = _known(ground)
    return sum(int(said or 0) != known.get(n, 0) for n, said in zip(names, sums, strict=True))


def _never_settled(ground: Ground) -> int:
    """Accepted, and unknown although its echo came."""
    accepted = {call["key"] for call in proof.journal(ground) if call["accepted"]}
    return sum(
        row.state == DeliveryState.UNKNOWN and key in accepted
        for key, row in proof.ledger(ground).items()
    )

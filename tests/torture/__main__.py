"""`python -m tests.torture`: broadcasts under kills and worse, and a line of zeros for each."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.torture import (
    clocks,
    disks,
    ground,
    kills,
    leaps,
    nights,
    outages,
    races,
    restores,
    servers,
    shuffles,
)
from tests.torture.ground import Ground
from tests.torture.proof import Proof

Scenario = Callable[[argparse.Namespace], Proof]


def main() -> int:
    given = _arguments()
    broken = 0
    for name in given.only or list(SCENARIOS):
        if name in ALONE and ALONE[name] != given.database:
            continue
        found = SCENARIOS[name](given)
        broken += not found.holds
        print(f"{name} on {given.database}, seed {given.seed}: {found}", flush=True)
    return 1 if broken else 0


@contextmanager
def _ground(
    given: argparse.Namespace, people: int = ground.PEOPLE, **more: Any
) -> Iterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="fanlight-torture-") as name:
        folder = Path(name)
        with (
            servers.fresh(given.database, folder) as db,
            ground.standing(db, folder, people=people, seed=given.seed, **more) as made,
        ):
            yield made


def _kills(given: argparse.Namespace) -> Proof:
    with _ground(given) as made:
        return kills.run(made, given.kills)


def _clocks(given: argparse.Namespace) -> Proof:
    with _ground(given, clocks.PEOPLE) as made:
        return clocks.run(made)


def _outages(given: argparse.Namespace) -> Proof:
    with _ground(given) as made:
        return outages.run(made)


def _disks(given: argparse.Namespace) -> Proof:
    with _ground(given) as made:
        return disks.run(made)


def _shuffles(given: argparse.Namespace) -> Proof:
    with _ground(given) as made:
        return shuffles.run(made, max(1, given.kills // SHARE_OF_KILLS))


def _races(given: argparse.Namespace) -> Proof:
    with _ground(given) as made:
        return races.run(made)


def _leaps(given: argparse.Namespace) -> Proof:
    with _ground(given, leaps.PEOPLE, rate=leaps.RATE) as made:
        return leaps.run(made)


def _nights(given: argparse.Namespace) -> Proof:
    with _ground(given, nights.PEOPLE, rate=nights.RATE) as made:
        return nights.run(made)


def _restores(given: argparse.Namespace) -> Proof:
    with _ground(given, restores.PEOPLE) as made:
        return restores.run(made)


SCENARIOS: dict[str, Scenario] = {
    "kills": _kills,
    "clocks": _clocks,
    "outages": _outages,
    "disks": _disks,
    "races": _races,
    "shuffles": _shuffles,
    "leaps": _leaps,
    "nights": _nights,
    "restores": _restores,
}
SHARE_OF_KILLS = 5  # of those asked for: here each takes the web with it now and then
ALONE = {"clocks": "postgres", "disks": "sqlite"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--database", choices=servers.KINDS, default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=list(SCENARIOS), help="instead of all")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

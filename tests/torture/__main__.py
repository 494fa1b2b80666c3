"""`python -m tests.torture`: broadcasts under kills, and a line of zeros for each scenario."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.torture import ground, kills, servers


def main() -> int:
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="fanlight-torture-") as name:
        folder = Path(name)
        with (
            servers.fresh(given.database, folder) as db,
            ground.standing(db, folder, seed=given.seed) as made,
        ):
            found = kills.run(made, given.kills)
    print(f"kills on {given.database}, seed {given.seed}: {found}", flush=True)
    return 0 if found.holds else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--database", choices=servers.KINDS, default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

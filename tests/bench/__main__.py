"""`make bench`: measure what issue after issue must improve, and print it as one table."""

from __future__ import annotations

import sys

from tests.bench import (
    audiences,
    busy,
    crash,
    doings,
    fan_out,
    importing,
    lines,
    pacing,
    pages,
    planning,
    reach,
    report,
    sending,
    sending_cost,
    webhooks,
    workers,
)

BENCHES = {
    "planning": planning.run,
    "reach": reach.run,
    "audiences": audiences.run,
    "doings": doings.run,
    "sending": sending.run,
    "sending-cost": sending_cost.run,
    "pacing": pacing.run,
    "busy": busy.run,
    "crash": crash.run,
    "fan-out": fan_out.run,
    "workers": workers.run,
    "webhooks": webhooks.run,
    "pages": pages.run,
    "importing": importing.run,
    "lines": lines.run,
}


def main(chosen: list[str]) -> None:
    """Every bench, or those named; each asserts its counts before it says a number."""
    rows: list[report.Row] = []
    for name, run in BENCHES.items():
        if not chosen or name in chosen:
            print(f"{name} ...", flush=True)
            rows += run()
    report.write(rows)


if __name__ == "__main__":
    main(sys.argv[1:])

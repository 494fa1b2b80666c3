"""The clock process: `python -m jobs`. Ticks on threads, the sender on the main one."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from types import FrameType

from jobs import lock, schedule
from webapp import config, house
from webapp.services import sending

log = logging.getLogger("jobs")
RETRY_S = 1.0  # after a turn failed, for example while the database restarts


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    built = house.build(config.load())
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stopper(stop))
    with lock.only_one(built) as leads:
        if not leads:
            print("fanlight jobs: another one is running on this installation.", file=sys.stderr)
            return 1
        _run(built, stop)
    return 0


def _run(built: house.House, stop: threading.Event) -> None:
    """Until stopped: one turn of the sender after the other, with the ticks beside it."""
    clock = schedule.start(built)
    sender = sending.Sender(built)
    sender.enter()
    print("fanlight jobs: ready", flush=True)
    while not stop.is_set():
        try:
            stop.wait(sender.turn())
        except Exception:
            log.exception("a turn of the sender failed; trying again")
            stop.wait(RETRY_S)
    clock.shutdown(wait=True)
    sender.leave()


def _stopper(stop: threading.Event):  # type: ignore[no-untyped-def]  # a closure for signal()
    def handle(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    return handle


if __name__ == "__main__":
    sys.exit(main())

"""Webhook events kept per second: 200 only after the commit, many posts sharing one."""

from __future__ import annotations

import json
import statistics
import threading
import time
from io import BytesIO
from typing import Any

from sqlmodel import func, select

from tests import cast
from tests.bench import ground, report
from webapp import inbox
from webapp.db import EVERY_BRAND
from webapp.models.raw_event import RawEvent
from webapp.platforms import signature

POSTS = 4_000
THREADS = 16


def run() -> list[report.Row]:
    rates: list[float] = []
    slowest: list[float] = []
    with ground.with_people(0) as (set_up, _):
        door = inbox.door(set_up.house, lambda _e, _s: [])
        for turn in range(report.REPEAT):
            waits: list[float] = []
            took = report.timed(lambda t=turn, w=waits: _post_all(door, t, w))
            rates.append(POSTS / took.wall)
            slowest.append(statistics.quantiles(waits, n=100)[98] * 1000)
        with set_up.house.db.reader(EVERY_BRAND) as session:
            kept = session.exec(select(func.count()).select_from(RawEvent)).one()
    assert kept == POSTS * report.REPEAT
    return [
        report.row("webhook posts kept", "posts/s", rates, f"{THREADS} callers in one process"),
        report.row("webhook p99", "ms", slowest, "signature, parse, commit, 200"),
    ]


def _post_all(door: inbox.Wsgi, turn: int, waits: list[float]) -> None:
    def work(thread: int) -> None:
        for n in range(thread, POSTS, THREADS):
            started = time.perf_counter()
            status = _post(door, turn * POSTS + n)
            assert status.startswith("200"), status
            waits.append(time.perf_counter() - started)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _post(door: inbox.Wsgi, number: int) -> str:
    told = {"sender": {"id": "1"}, "recipient": {"id": cast.PAGE}, "timestamp": 1_790_000_000_000,
            "message": {"mid": f"m{number}", "text": "hello"}}  # fmt: skip
    body = json.dumps({"object": "page", "entry": [{"id": cast.PAGE, "messaging": [told]}]})
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/webhooks/meta/default", "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body.encode()),
        "HTTP_X_HUB_SIGNATURE_256": signature.sign(body.encode(), cast.APP_SECRET),
    }  # fmt: skip
    answered: list[str] = []
    list(door(environ, lambda status, _headers: answered.append(status)))
    return answered[0]

"""Everything at once: a channel held at 300 a second, 200 webhooks a second, people on the pages,
and broadcasts that are due meanwhile. Real processes: `serve`, `python -m jobs`, and the sink.

How long: FANLIGHT_BENCH_MINUTES, a minute unless told; the target says ten. The bench itself is one
of those who want the machine's cores: what it posts and asks costs as much as what answers.
"""

from __future__ import annotations

import http.client
import json
import re
import statistics
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from itertools import count, cycle

from sqlmodel import col, func, select

from tests import cast, fakes, stage
from tests.bench import ground, pages, report, sink
from tests.bench.pacing import LATENCY_S, MESSAGES, MINUTES, RATE
from tests.bench.sending_cost import OPEN
from tests.torture.ground import until
from tests.torture.machines import Machine
from webapp.db import EVERY_BRAND
from webapp.models.broadcast import Occurrence
from webapp.models.channel import Channel
from webapp.models.raw_event import RawEvent
from webapp.models.user import User
from webapp.platforms import signature
from webapp.services import sign_in

WEBHOOKS = 200  # a second
POSTERS = 8
DUE = 120  # broadcasts that begin meanwhile
PUNCTUAL_S = 3.0  # p99 of how late a broadcast starts
LOOK_S = 0.2  # between two pages
IDLE_LOOKS = 5  # at each page, before anything else happens
FIRST = 1  # the broadcast that is held: `pages.PAGES` looks at it
BEFORE = [path for name, path in pages.PAGES.items() if name != "a broadcast"]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Posted:
    """How long each webhook took, in milliseconds; all were answered 200."""

    waits: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def run() -> list[report.Row]:
    people = int(MESSAGES * OPEN)
    with ground.with_people(people, RATE) as (set_up, folder), sink.running(LATENCY_S) as end:
        _send_to(set_up, end.url)
        port = sink.free_port()
        environ = {
            "FANLIGHT_DATABASE_URL": set_up.house.db.url, "FANLIGHT_INSTANCE": str(folder),
            "FANLIGHT_SECRET_KEY": cast.KEY, "FANLIGHT_BASE_URL": f"http://127.0.0.1:{port}",
        }  # fmt: skip
        web = Machine.started("web", folder, environ, "webapp", "serve", "--port", str(port))
        try:
            until(lambda: _answers(port), "the web")
            return _measure(set_up, end, port, Machine.started("jobs", folder, environ, "jobs"))
        finally:
            web.stop()


def _measure(set_up: stage.Stage, end: sink.Sink, port: int, jobs: Machine) -> list[report.Row]:
    with jobs:
        cookie = _signed_in(set_up, port)
        idle = list(_asked(port, cookie, BEFORE, len(BEFORE) * IDLE_LOOKS))
        broadcast = set_up.broadcast("Our doors open at nine.")
        due = _due_meanwhile(set_up)
        until(lambda: end.seen()["accepted"] > 0, "a message")
        with _webhooks(port) as posted:
            busy = list(_asked(port, cookie, pages.PAGES.values(), going=lambda: _goes_on(set_up)))
        until(lambda: len(_late(set_up, due)) == len(due), "all starts")
        late, seen, totals = _late(set_up, due), end.seen(), set_up.totals(broadcast)
    assert totals.adds_up
    assert totals.sent == seen["accepted"]
    assert _kept(set_up) == len(posted.waits), "a webhook was answered 200 and is not on disk"
    held = (totals.sent - 1) / seen["span"] / RATE * 100
    note = f"{totals.sent:,} sent, {len(posted.waits):,} webhooks, {MINUTES:g} min"
    return [
        report.row("busy: rate held", "% of the rate", [held], note),
        report.row("busy: fullest second", "% of the rate", [seen["most"] / RATE * 100], note),
        report.row("busy: webhooks kept", "posts/s", [len(posted.waits) / seen["span"]], note),
        _percentile("busy: webhook p99", posted.waits, 99, note),
        _percentile("busy: pages p95", busy, 95, f"{len(busy):,} pages"),
        _percentile("busy: pages p95 before it", idle, 95, f"{len(idle):,} pages"),
        _percentile("busy: start p99", late, 99, f"{len(late)} due, target {PUNCTUAL_S:g} s"),
    ]  # fmt: skip


def _percentile(what: str, times: list[float], which: int, note: str) -> report.Row:
    value = statistics.quantiles(times, n=100)[which - 1]
    return report.Row(what, "ms", value, min(times), max(times), note)


def _send_to(set_up: stage.Stage, url: str) -> None:
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        session.get_one(Channel, set_up.people.channel).graph_url = url
        session.commit()


def _due_meanwhile(set_up: stage.Stage) -> list[int]:
    """Broadcasts to nobody on a channel of their own, spread over what is to come."""
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        beside = session.get_one(Channel, set_up.people.channel).model_dump(exclude={"id"})
        quiet = Channel(**{**beside, "key": "300400500", "name": "Quiet page"})
        session.add(quiet)
        session.commit()
        channel = quiet.id or 0
    begins, clock = datetime.now(UTC) + timedelta(seconds=5), set_up.clock
    made = []
    for n in range(DUE):
        set_up.clock = fakes.HandClock(begins + timedelta(minutes=n * MINUTES / DUE))
        made.append(set_up.broadcast("Good morning.", channel_id=channel))
    set_up.clock = clock
    return made


def _late(set_up: stage.Stage, due: list[int]) -> list[float]:
    """Milliseconds between the moment and the start of those that have started."""
    with set_up.house.db.reader(set_up.people.rosewood) as session:
        query = select(Occurrence).where(col(Occurrence.broadcast_id).in_(due))
        started = [it for it in session.exec(query) if it.started_at is not None]
        assert len({it.broadcast_id for it in started}) == len(started), "started twice"
        return [(it.started_at - it.due_at).total_seconds() * 1000 for it in started]  # type: ignore[operator]


def _kept(set_up: stage.Stage) -> int:
    with set_up.house.db.reader(EVERY_BRAND) as session:
        return session.exec(select(func.count()).select_from(RawEvent)).one()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def _signed_in(set_up: stage.Stage, port: int) -> str:
    """The cookie of an admin."""
    with set_up.house.db.writer(EVERY_BRAND) as session:
        admin = session.get_one(User, set_up.people.admin)
        token = sign_in.make_link(session, set_up.house.vault, admin, datetime.now(UTC))
        session.commit()
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    link = f"http://127.0.0.1:{port}/sign-in/link/{token}"
    found = TOKEN.search(browser.open(link).read().decode())
    assert found is not None, "no form to sign in with"
    browser.open(link, f"csrf_token={found[1]}".encode())
    return "; ".join(f"{it.name}={it.value}" for it in jar)


def _goes_on(set_up: stage.Stage) -> bool:
    return set_up.state(FIRST) != "done"


def _asked(
    port: int, cookie: str, paths: Iterable[str], most: int | None = None,
    going: Callable[[], bool] = lambda: True,
) -> Iterator[float]:  # fmt: skip
    """One page after the other as a person would look: so many, or while something goes on."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for n, path in zip(count(), cycle(paths)):
        if n == most or not going():
            break
        started = time.perf_counter()
        line.request("GET", f"/b/rosewood/{path}", headers={"Cookie": cookie})
        answer = line.getresponse()
        answer.read()
        yield (time.perf_counter() - started) * 1000
        time.sleep(LOOK_S)
        assert answer.status == 200, (path, answer.status)
    line.close()


@contextmanager
def _webhooks(port: int) -> Iterator[Posted]:
    """Posted by the clock, not when the one before was answered, until the block ends."""
    posted, begins = Posted(), time.monotonic()
    threads = [
        threading.Thread(target=_post_all, args=(port, posted, begins, n)) for n in range(POSTERS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield posted
    finally:
        posted.over.set()
        for thread in threads:
            thread.join()


def _post_all(port: int, posted: Posted, begins: float, first: int) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for n in count(first, POSTERS):
        due = begins + n / WEBHOOKS
        if posted.over.wait(max(0.0, due - time.monotonic())):
            break
        body = _told(n)
        signed = {"X-Hub-Signature-256": signature.sign(body, cast.APP_SECRET)}
        line.request("POST", "/webhooks/meta/default", body, signed)
        answer = line.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        posted.waits.append((time.monotonic() - due) * 1000)
    line.close()


def _told(number: int) -> bytes:
    told = {"sender": {"id": f"b{number % 1000}"}, "recipient": {"id": cast.PAGE},
            "timestamp": int(time.time() * 1000),
            "message": {"mid": f"busy{number}", "text": "hello"}}  # fmt: skip
    return json.dumps(
        {"object": "page", "entry": [{"id": cast.PAGE, "messaging": [told]}]}
    ).encode()

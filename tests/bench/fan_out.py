"""Fan-out: the sender against its peers on one sink, alternated three times in one run.

Celery with Redis, a task per recipient and a row per outcome; a C program with the same two commits
a wave on SQLite, and libcurl; and our own client without a database. Counts are asserted against
the sink's. How many: FANLIGHT_BENCH_FAN_OUT for us, a tenth of it for Celery.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import ground, report, sending_cost, sink
from tests.bench.peers import process_cpu, setting_up
from tests.bench.sink import Sink
from webapp.domain.content import Content
from webapp.domain.policy.verdict import Route
from webapp.models.channel import Channel
from webapp.platforms import registry
from webapp.platforms.protocol import Alike, ChannelAccess, Outgoing, Recipient
from webapp.platforms.transport import Transport
from webapp.services.sending import Sender

MESSAGES = int(os.environ.get("FANLIGHT_BENCH_FAN_OUT", "20000"))
FOR_CELERY = max(1, MESSAGES // 10)
FLYING = 64
SAID = "Our doors open at nine."
TASKS = Path(setting_up.__file__).parent
OURS, BARE, IN_C, CELERY = "the sender", "our client alone", "C program", "Celery and Redis"


@dataclass(frozen=True)
class Cost:
    """Of one message: CPU seconds and seconds, both times a million."""

    cpu: float
    wall: float


Costs = dict[str, list[Cost]]


def run() -> list[report.Row]:
    with tempfile.TemporaryDirectory(prefix="fanlight-bench-") as folder:
        peers, absent = _peers(Path(folder))
        costs: Costs = {name: [] for name in peers}
        for _ in range(report.REPEAT):
            for name, measure in peers.items():
                with sink.running() as end:
                    costs[name].append(measure(end))
    missing = [report.row(name, "not measured", [0.0], why) for name, why in absent.items()]
    return [*_rows(costs), *_ratios(costs), *missing]


def _peers(folder: Path) -> tuple[dict[str, Callable[[Sink], Cost]], dict[str, str]]:
    """What can be measured here, and why the rest cannot."""
    peers: dict[str, Callable[[Sink], Cost]] = {OURS: ours, BARE: bare}
    absent: dict[str, str] = {}
    try:
        program = setting_up.c_sender()
        peers[IN_C] = lambda end: in_c(end, program, folder)
    except setting_up.Absent as error:
        absent[IN_C] = str(error)
    try:
        python, redis = setting_up.celery(), setting_up.redis()
        peers[CELERY] = lambda end: celery(end, python, redis, folder)
    except setting_up.Absent as error:
        absent[CELERY] = str(error)
    return peers, absent


def ours(end: Sink) -> Cost:
    with ground.with_people(int(MESSAGES * sending_cost.OPEN), sending_cost.UNTHROTTLED) as (at, _):
        with at.house.db.writer(at.people.rosewood) as session:
            session.get_one(Channel, at.people.channel).graph_url = end.url
            session.commit()
        broadcast = at.broadcast(SAID)
        at.start()
        object.__setattr__(at.house, "clock", sending_cost.Now())
        sender = Sender(at.house, Transport())
        sender.enter()
        took = report.timed(lambda: sending_cost.send(sender))
        sender.leave()
        totals = at.totals(broadcast)
    assert totals.adds_up
    assert totals.sent == end.seen()["accepted"]
    return _cost(totals.sent, took.cpu, took.wall - sending_cost.IDLE_S)


def bare(end: Sink) -> Cost:
    """The same requests by the same transport, and nothing written down."""
    access = ChannelAccess("1", "bench", end.url, "v25.0")
    messenger, transport, alike = registry.default().get("messenger"), Transport(), Alike()
    content = Content(text=SAID)

    def send() -> None:
        asked = answered = 0
        while answered < MESSAGES:
            while asked < MESSAGES and transport.in_flight < FLYING:
                to = Recipient("id", f"b{asked}")
                said = Outgoing(f"fl:{asked}", to, Route.WINDOW, content, alike=alike)
                transport.submit(messenger.request(access, said), asked)
                asked += 1
            for _, reply in transport.poll(0.1):
                messenger.answer(reply)
                answered += 1

    took = report.timed(send)
    transport.close()
    assert end.seen()["accepted"] == MESSAGES
    return _cost(MESSAGES, took.cpu, took.wall)


def in_c(end: Sink, program: Path, folder: Path) -> Cost:
    with _emptied(folder / "c.db") as path:
        command = [str(program), str(path), f"{end.url}/v25.0/1/messages", str(MESSAGES)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        sent, cpu, wall = map(float, told.split())
    assert sent == end.seen()["accepted"] == MESSAGES
    return _cost(MESSAGES, cpu, wall)


def celery(end: Sink, python: Path, redis: str, folder: Path) -> Cost:
    """The CPU of Redis, of the workers while they work, and of handing over."""
    port = sink.free_port()
    with _emptied(folder / "celery.db") as path, _rows_for_celery(path):
        env = {
            **os.environ, "PEER_DATABASE": str(path), "PEER_URL": f"{end.url}/v25.0/1/messages",
            "PEER_REDIS": f"redis://127.0.0.1:{port}/0", "PYTHONPATH": str(TASKS),
        }  # fmt: skip
        broker = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        worker = [python, "-m", "celery", "-A", "celery_tasks", "worker", "-l", "ERROR", "-c", "2"]
        with _process(broker, env, executable=redis) as one, _process(worker, env) as other:
            before = process_cpu.of(one.pid, other.pid)
            told = subprocess.run(
                [python, str(TASKS / "celery_tasks.py"), str(FOR_CELERY)],
                env=env, check=True, capture_output=True, text=True, timeout=300,
            ).stdout  # fmt: skip
            used = process_cpu.of(one.pid, other.pid) - before
    handing, wall = map(float, told.split())
    assert end.seen()["accepted"] == FOR_CELERY
    return _cost(FOR_CELERY, used + handing, wall)


@contextmanager
def _process(
    command: Sequence[str | Path], env: dict[str, str], executable: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = subprocess.Popen(command, env=env, executable=executable, **quiet)  # type: ignore[call-overload]
    try:
        yield started
    finally:
        started.terminate()
        started.wait(timeout=60)


@contextmanager
def _emptied(path: Path) -> Iterator[Path]:
    try:
        yield path
    finally:
        for made in path.parent.glob(f"{path.name}*"):
            made.unlink()


@contextmanager
def _rows_for_celery(path: Path) -> Iterator[None]:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(
            "CREATE TABLE delivery (id INTEGER PRIMARY KEY, recipient TEXT, state INTEGER, "
            "message_id TEXT, sent_at TEXT)"
        )
        rows = ((n, f"b{n}", 0) for n in range(1, FOR_CELERY + 1))
        db.executemany("INSERT INTO delivery (id, recipient, state) VALUES (?, ?, ?)", rows)
    yield
    db.close()


def _cost(sent: int, cpu: float, wall: float) -> Cost:
    return Cost(cpu / sent * 1e6, wall / sent * 1e6)


def _rows(costs: Costs) -> list[report.Row]:
    found = []
    for name, each in costs.items():
        count = FOR_CELERY if name == CELERY else MESSAGES
        note = f"about {count:,} messages, every outcome on disk" if name != BARE else "no database"
        speeds = [1e6 / it.wall for it in each]
        found += [
            report.row(f"fan-out: {name}", "messages/s", speeds, note),
            report.row(f"fan-out: {name}", "CPU-s per million", [it.cpu for it in each], note),
        ]
    return found


def _ratios(costs: Costs) -> list[report.Row]:
    """Round by round, so that what slows the machine slows both."""
    pairs: tuple[tuple[str, str, str, Callable[[Cost, Cost], float]], ...] = (
        ("speed, of Celery's", CELERY, "target: 100", lambda us, it: it.wall / us.wall),
        ("CPU, of Celery's", CELERY, "target: 0.01", lambda us, it: us.cpu / it.cpu),
        ("CPU, of the C program's", IN_C, "target: 4", lambda us, it: us.cpu / it.cpu),
        ("CPU, of our client's alone", BARE, "target: 1.6", lambda us, it: us.cpu / it.cpu),
    )
    return [
        report.row(f"the sender's {what}", "x", list(map(ratio, costs[OURS], costs[peer])), target)
        for what, peer, target, ratio in pairs
        if peer in costs
    ]

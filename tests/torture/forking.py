"""Processes that need not be started anew for each kill: a mother that has read our code already
and bears `python -m jobs` as often as she is asked.

What is killed is a whole process, as ever; only the seconds of reading the code and the rulebook
are saved, so that a thousand kills take a quarter of an hour. Linux only, as torture is.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp import config, house, runtime
from webapp.domain.policy import rulebook
from webapp.platforms.transport import Transport
from webapp.platforms.wire import Request
from webapp.services import rulebooks

ASKED = "asked.txt"
ROOT = Path(__file__).parent.parent.parent


@dataclass
class Child:
    """One process the mother bore, with what a `subprocess.Popen` is asked for."""

    pid: int
    handle: int  # of the process, not of its number: it never means another one

    def poll(self) -> int | None:
        """0 when it is over: how it ended only its mother knows."""
        return 0 if select.select([self.handle], [], [], 0)[0] else None

    def wait(self, timeout: float | None = None) -> int:
        if not select.select([self.handle], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return 0

    def send_signal(self, number: int) -> None:
        signal.pidfd_send_signal(self.handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def __del__(self) -> None:
        os.close(self.handle)


@dataclass(frozen=True)
class Mother:
    process: subprocess.Popen[str]

    def bear(self, log: Path) -> Child:
        """A `python -m jobs` that says what it says to this file, and beside it (`ASKED`) the key
        of each message it hands to its transport."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(str(log)), file=self.process.stdin, flush=True)
        pid = int(self.process.stdout.readline())
        return Child(pid, os.pidfd_open(pid))


@contextmanager
def mother(environ: Mapping[str, str]) -> Iterator[Mother]:
    """Everything she bears has this environment."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__], cwd=ROOT, env=dict(environ), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Mother(process)
    finally:
        process.communicate()  # nothing more to read: she ends by herself


def _read_ahead() -> None:
    """What every process reads first, and finds the same: the tables' shapes and the rulebook. No
    connection is open when she bears. What is hers is settled once: each of her children would walk
    it, and copy it by that, for most of a second."""
    built = house.build(config.load())
    rulebooks.take_up(built)
    built.db.dispose()
    rulebook.load = lambda _today=None: built.packaged
    runtime.settle()


def _bear(log: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    from jobs import __main__ as jobs

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _witness(Path(log).with_name(ASKED))
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, said), (2, said)):
        os.dup2(file, number)
    os._exit(jobs.main())


def _witness(file: Path) -> None:
    """Note each request before it is in flight: the platform never hears of those that were on the
    way when the process died. Written by the kernel, so a kill does not undo it."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    submit = Transport.submit

    def noted(self: Transport, request: Request, token: object) -> None:
        keys = "".join(f"{claim.outgoing.key}\n" for claim in token)  # type: ignore[attr-defined]
        os.write(handle, keys.encode())
        submit(self, request, token)

    Transport.submit = noted  # type: ignore[method-assign]


def main() -> None:
    """A path a line: a process with that log is born, and its number printed. Whoever dies is
    nobody's to bury: the kernel does."""
    __import__("jobs.__main__")
    _read_ahead()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        sys.stdout.write(f"{_bear(json.loads(line))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

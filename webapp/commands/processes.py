"""Several processes of Fanlight run as one: started together, stopped together."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self
from urllib.parse import urlsplit

import click

PATIENCE_S = 60.0  # for a process to listen, on a busy machine
STOP_WITHIN_S = 8.0
BEAT_S = 0.05
MOST_DEATHS, DEATHS_WITHIN_S = 5, 60.0  # more often it is not worth starting again


def free_port(wanted: int) -> int:
    """The wanted port on loopback, or a free one when somebody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Together:
    """A set of Python modules run as processes. Whatever ends the block ends them all."""

    def __init__(self, logs: Path, environ: Mapping[str, str]) -> None:
        self._logs = logs
        self._environ = dict(environ)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._again: dict[str, tuple[str, ...]] = {}  # those started again, and how
        self._deaths: list[float] = []

    def __enter__(self) -> Self:
        self._logs.mkdir(exist_ok=True)
        for name in (signal.SIGTERM, signal.SIGINT):  # also when started with Ctrl-C ignored
            signal.signal(name, _interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.stop()
        return kind is KeyboardInterrupt

    def start(self, name: str, module: str, *arguments: str, again: bool = False) -> None:
        """`python -m module`; what it prints goes to its log. `again`: also after it died."""
        if again:
            self._again[name] = (module, *arguments)
        self._start(name, module, arguments, "wb")

    def _start(self, name: str, module: str, arguments: Sequence[str], mode: str) -> None:
        with (self._logs / f"{name}.log").open(mode) as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", module, *arguments],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C comes to us, and we tell them in order
            )

    def until_listening(self, name: str, address: str) -> None:
        """Waits for `address` to take connections. ClickException when its process ends first."""
        place = urlsplit(address)
        end = time.monotonic() + PATIENCE_S
        while not _answers(place.hostname or "", place.port or 0):
            self.check()
            if time.monotonic() > end:
                raise click.ClickException(f"{name} does not answer; see {self._log(name)}.")
            time.sleep(BEAT_S)

    def until_stopped(self) -> None:
        """Until Ctrl-C or SIGTERM; ClickException when one of them ends by itself."""
        while True:
            self.check()
            time.sleep(10 * BEAT_S)

    def check(self) -> None:
        for name, process in list(self._running.items()):
            if process.poll() is not None and not self._revived(name):
                last = self._log(name).read_text(errors="replace").strip()[-600:]
                raise click.ClickException(f"{name} ended by itself; it said:\n{last}")

    def _revived(self, name: str) -> bool:
        """Started again, unless it keeps dying."""
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if at > now - DEATHS_WITHIN_S] + [now]
        if name not in self._again or len(self._deaths) > MOST_DEATHS:
            return False
        click.echo(f"{name} died; starting it again.")
        module, *arguments = self._again[name]
        self._start(name, module, arguments, "ab")
        return True

    def stop(self) -> None:
        """The last started first, so that the platform hears of everything before it goes."""
        for process in reversed(self._running.values()):
            process.terminate()
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"


def _answers(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt

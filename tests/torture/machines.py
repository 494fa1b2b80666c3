"""A process of ours as something that can be started, killed, frozen and woken."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.torture.forking import Child, Mother

ROOT = Path(__file__).parent.parent.parent
READY_S = 180.0
STOP_S = 60.0
BEAT_S = 0.02


@dataclass
class Machine:
    """`with` stops it in the end, if it lives still. What it says is in its log."""

    name: str
    process: subprocess.Popen[bytes] | Child
    log: Path

    @classmethod
    def started(
        cls, name: str, folder: Path, environ: Mapping[str, str], module: str, *arguments: str
    ) -> Self:
        log = folder / f"{name}.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT, env=dict(environ), stdout=said, stderr=subprocess.STDOUT,
            )  # fmt: skip
        return cls(name, process, log)

    @classmethod
    def born(cls, name: str, folder: Path, mother: Mother) -> Self:
        """A `python -m jobs` that had not to be started from nothing."""
        log = folder / f"{name}.log"
        log.write_bytes(b"")  # what the one before said is not said by this one
        return cls(name, mother.bear(log), log)

    def __enter__(self) -> Self:
        try:
            self.until_says("ready")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def says(self, words: str) -> bool:
        return words in self.said()

    def until_says(self, words: str, patience: float = READY_S) -> None:
        end = time.monotonic() + patience
        while not self.says(words):
            assert self.lives, f"{self.name} ended by itself:\n{self.said()[-2000:]}"
            assert time.monotonic() < end, f"{self.name} never said {words!r}:\n{self.said()}"
            time.sleep(BEAT_S)

    def kill(self) -> None:
        """Without a word, as a power cut or the kernel would."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.lives:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise

"""What the simulator is told when it starts: flags, and the environment behind them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

MEMORY = ":memory:"


@dataclass(frozen=True, slots=True)
class Settings:
    """`state` is a file or ":memory:"; `clock_file` only when a test clock is allowed."""

    host: str = "127.0.0.1"
    port: int = 8090
    state: str = MEMORY
    seed: int = 2026
    speed: float = 1.0
    webhook: str | None = None
    web: SplitResult | None = None  # where it is, whatever callbacks say
    clock_file: Path | None = None
    may_kill: bool = False  # for torture: see `killing`

    def at_web(self, url: str) -> str:
        """`url` where the web was said to be, else as it is."""
        if self.web is None:
            return url
        return urlsplit(url)._replace(scheme=self.web.scheme, netloc=self.web.netloc).geturl()


def read(arguments: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Flags win over FANLIGHT_SIMULATOR_*; misuse exits with 2, as argparse does."""
    given = _parser(environ).parse_args(arguments)
    instance = environ.get("FANLIGHT_INSTANCE")
    return Settings(
        host=given.host,
        port=given.port,
        state=given.state or (str(Path(instance) / "simulator.db") if instance else MEMORY),
        seed=given.seed,
        speed=given.speed,
        webhook=given.webhook or None,
        web=given.web,
        clock_file=_clock_file(instance, environ.get("FANLIGHT_TEST_CLOCK")),
        may_kill=given.may_kill,
    )


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fanlight simulator", description=__doc__)
    for flag, kind, default, text in (
        ("host", str, "127.0.0.1", "address to listen on"),
        ("port", int, "8090", "port to listen on; 0 takes a free one"),
        ("state", str, "", "file that survives a restart (default: simulator.db of the instance)"),
        ("seed", int, "2026", "the same seed makes the same crowd"),
        ("speed", _speed, "1", "how many times faster than life people react"),
        ("webhook", str, "", "callback of pages that were registered without one"),
        ("web", _origin, "", "http://HOST:PORT of the web, when its callbacks name another"),
    ):
        value = environ.get(f"FANLIGHT_SIMULATOR_{flag.upper()}", default)
        parser.add_argument(f"--{flag}", type=kind, default=value, help=text)
    parser.add_argument("--may-kill", action="store_true", help="allow the fault `kill`")
    return parser


def _speed(text: str) -> float:
    speed = float(text)
    if not speed > 0:
        raise argparse.ArgumentTypeError("must be above zero")
    return speed


def _origin(text: str) -> SplitResult | None:
    place = urlsplit(text)
    if text and not (place.scheme in ("http", "https") and place.netloc):
        raise argparse.ArgumentTypeError("must be http://HOST:PORT")
    return place if text else None


def _clock_file(instance: str | None, allowed: str | None) -> Path | None:
    return Path(instance) / "clock.json" if instance and allowed == "1" else None

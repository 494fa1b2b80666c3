"""`fanlight` in a folder of its own, called as a person or a program would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from webapp import app
from webapp.commands import main
from webapp.commands.doors import Doors


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Fanlight:
    """One installation. `ok` insists that it worked; `run` takes whatever came."""

    def __init__(self, instance: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.instance = instance
        self._capsys = capsys

    def run(self, *arguments: str) -> Ran:
        self._capsys.readouterr()
        code = main.main(Doors(serve=_never, server=_never, routes=app.routes), arguments)
        told = self._capsys.readouterr()
        return Ran(code, told.out, told.err)

    def ok(self, *arguments: str) -> Any:
        ran = self.run(*arguments, "--json")
        assert ran.code == 0, ran.err
        return ran.data

    def refused(self, code: int, *arguments: str) -> str:
        """One line on stderr, nothing on stdout."""
        ran = self.run(*arguments)
        assert (ran.code, ran.out) == (code, "")
        assert ran.err.count("\n") == 1, ran.err
        assert ran.err.startswith("fanlight: ")
        return ran.err


def _never(*_: object) -> None:
    raise AssertionError("Nothing is served in these tests.")


@pytest.fixture
def bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Fanlight:
    """A machine on which nothing was done yet."""
    for name in ("DATABASE_URL", "SECRET_KEY", "BASE_URL", "GRAPH_URL", "TEST_CLOCK"):
        monkeypatch.delenv(f"FANLIGHT_{name}", raising=False)
    monkeypatch.setenv("FANLIGHT_INSTANCE", str(tmp_path))
    return Fanlight(tmp_path, capsys)


@pytest.fixture
def fanlight(bare: Fanlight) -> Fanlight:
    """With a database, an operator and the brand Rosewood."""
    bare.ok("db", "upgrade")
    bare.ok("user", "create", "ana@example.com", "--operator")
    bare.ok("brand", "create", "Rosewood", "--country", "AU", "--admin", "ana@example.com")
    return bare

"""What the peers need, installed when the bench asks for it, into a folder that git ignores.

Nothing here is a dependency of the product. A machine that cannot install a peer says why: the
bench goes on without it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from pathlib import Path

from tests.bench import report

FOLDER = report.RESULTS / "peers"
OF_CELERY = ("celery>=5.4,<6", "redis>=5", "requests>=2.32", "packaging")  # kombu needs the last
OF_C = ("gcc", "libcurl4-openssl-dev", "libsqlite3-dev")
REDIS = (
    "redis-server",
    "redis-check-rdb",
)  # one program under two names; the tools start no service


class Absent(Exception):
    """Why a peer cannot be measured here, in a few words."""


def celery() -> Path:
    """The Python of an environment that has Celery and nothing of ours."""
    python = FOLDER / "celery" / "bin" / "python"
    if not python.exists():
        venv.create(FOLDER / "celery", with_pip=True)
    _run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *OF_CELERY]
    )
    return python


def redis() -> str:
    if not any(map(shutil.which, REDIS)):
        _install("redis-tools")
    return next(path for path in map(shutil.which, REDIS) if path)


def c_sender() -> Path:
    """Compiled anew each time: it takes a second."""
    program, source = FOLDER / "sender", Path(__file__).parent / "sender.c"
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = ["cc", "-O2", "-o", str(program), str(source), "-lcurl", "-lsqlite3"]
    if shutil.which("cc") is None or _fails(command):
        _install(*OF_C)
        _run(command)
    return program


def _install(*packages: str) -> None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Absent(f"needs {', '.join(packages)}; install it, or run as root on Debian")
    quiet = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    if _fails(quiet):
        _run(["apt-get", "update", "--quiet"])
        _run(quiet)


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode != 0


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise Absent(f"{command[0]}: {said.strip().splitlines()[-1][:120]}") from error

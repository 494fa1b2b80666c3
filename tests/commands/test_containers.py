"""What can be held of the containers where there are none: that image and compose file agree with
the program, and that nothing private comes into the image."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webapp import config
from webapp.services import sending

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
IMAGE = (ROOT / "Containerfile").read_text(encoding="utf-8")
OF_THE_IMAGE = {"FANLIGHT_INSTANCE", "FANLIGHT_TEST_CLOCK"}  # no operator's to set there


def service(name: str) -> str:
    found = re.search(rf"^  {name}:.*\n((?:    .*\n|\n)*)", COMPOSE, re.MULTILINE)
    assert found, f"compose.yaml has no {name}"
    return found[1]


def let_in() -> set[str]:
    """What the build may read. Everything else is kept out, by the line `*`."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def test_the_image_gets_the_program_and_nothing_else() -> None:
    program = {"jobs", "static", "templates", "webapp"}
    of_its_package = {"LICENSE", "README.md", "pyproject.toml", "requirements.lock"}
    assert let_in() == program | of_its_package
    assert all((ROOT / name).exists() for name in let_in())


def test_what_is_secret_is_kept_out_of_git() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ["web", "jobs", "worker", "simulator"])
def test_every_process_is_told_every_setting_and_shares_the_folder(name: str) -> None:
    assert "<<: *fanlight\n" in service(name)
    common = COMPOSE.partition("\nservices:")[0]
    told = set(re.findall(r"^    (FANLIGHT_\w+): \$\{\1:", common, re.MULTILINE))
    assert told == set(config.NAMES) - OF_THE_IMAGE
    folder = re.search(r"FANLIGHT_INSTANCE=(\S+)", IMAGE)
    assert folder
    assert f"- instance:{folder[1]}\n" in common
    assert f"VOLUME {folder[1]}\n" in IMAGE


def test_a_password_of_any_signs_opens_the_database() -> None:
    """It stands in no address, where some signs mean something else."""
    assert "PGPASSWORD: ${POSTGRES_PASSWORD:?" in COMPOSE
    assert not re.search(r"://\S*POSTGRES_PASSWORD", COMPOSE)


def test_who_sends_has_time_to_stop_well() -> None:
    for name in ("jobs", "worker"):
        given = re.search(r"stop_grace_period: (\d+)s\n", service(name))
        assert given
        assert int(given[1]) > sending.DRAIN_S


def test_only_this_machine_reaches_the_web() -> None:
    """So `*` may be trusted: whoever comes is its reverse proxy, or sits in front of it."""
    assert re.findall(r'- "(.*:8000)"', COMPOSE) == ["127.0.0.1:8000:8000"]
    assert COMPOSE.count("ports:") == 1

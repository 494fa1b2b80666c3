"""What the processes write to their log: one line an event, readable by machines, no secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.views.browser import Browser
from tests.views.conftest import SignIn
from webapp import config, db, logs
from webapp.config import Settings
from webapp.domain.permission import job
from webapp.house import House
from webapp.store import audits

WORDS = {"a": "Maria's words"}
TOKEN = "EAABsbCS1iHgBAKZBq0ZCRmZAZBtokenofapage12345"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Any]:
    """Begins to listen, as JSON; what is returned gives the lines so far."""
    root = logging.getLogger()
    before, level, stream = root.handlers[:], root.level, io.StringIO()
    settings = replace(config.load({"FANLIGHT_INSTANCE": str(tmp_path)}), log_format="json")
    logs.begin(settings, "web", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before, level


def test_a_request_is_a_line_by_its_route_and_not_its_address(log: Any, client: SignIn) -> None:
    browser: Browser = client("viewer")
    browser.get("/b/rosewood/subscribers/?q=maria.eduarda")
    browser.get("/sign-in/link/a-key-that-opens-the-door")
    lines = [it for it in log() if it["logger"] == "webapp.requests"]
    asked = [it for it in lines if it["event"] == "GET /b/<brand_slug>/subscribers/"]
    assert [(it["status"], it["in"], it["process"]) for it in asked] == [(200, "rosewood", "web")]
    assert isinstance(asked[0]["ms"], int)
    assert "maria" not in json.dumps(lines)
    assert "a-key-that" not in json.dumps(lines)


def test_an_act_is_a_line_once_it_is_committed_and_without_its_details(
    log: Any, house: House, cast: Cast
) -> None:
    now = house.clock.now()
    for commits in (False, True):
        with house.db.writer(cast.rosewood) as session:
            audits.add(session, job("sender"), cast.rosewood, "broadcast.pause", 7, now, why="Oi")
            if commits:
                session.commit()
                session.commit()
    with house.db.writer(cast.rosewood) as session:
        audits.add(session, job("sender"), cast.rosewood, "broadcast.pause", 8, now)
        session.rollback()
        session.commit()
    acts = [it for it in log() if it["logger"] == "webapp.acts"]
    assert [(it["event"], it["brand"], it["noun"]) for it in acts] == [
        ("broadcast.pause", cast.rosewood, 7)
    ]
    assert "Oi" not in json.dumps(acts)


def test_an_error_of_the_database_tells_no_values(log: Any, tmp_path: Path) -> None:
    made = db.Database(f"sqlite:///{tmp_path / 'a.db'}")
    with made.engine.connect() as connection, pytest.raises(sa.exc.OperationalError) as failed:
        connection.execute(sa.text("SELECT * FROM nowhere WHERE a = :a"), WORDS)
    logging.getLogger("webapp").error("it failed", exc_info=failed.value)
    made.dispose()
    (line,) = log()
    assert "nowhere" in line["exception"]
    assert "Maria" not in json.dumps(line)


@pytest.mark.parametrize(
    "said",
    [
        f"GET https://graph/v26.0/me?access_token={TOKEN}&fields=id",
        f"Authorization: Bearer {TOKEN}",
        f'{{"access_token": "{TOKEN}"}}',
        f"{TOKEN} is no token",
        "fl_9b1c2d3e4f5061728394 was refused",
        "postgresql+psycopg://fanlight:hunter2secret@db/fanlight",
        "/sign-in/link/abcdef0123456789",
    ],
)
def test_what_looks_like_a_key_is_blotted_out_wherever_it_stands(log: Any, said: str) -> None:
    logging.getLogger("a.library").warning("it said: %s", said, extra={"more": said})
    (line,) = log()
    for text in (line["event"], line["more"]):
        assert logs.BLOT in text
        for secret in (TOKEN, "fl_9b1c", "hunter2", "abcdef01"):
            assert secret not in text


def test_plain_words_stay_as_they_are() -> None:
    said = "broadcast 7 waits for the channel; each of 12 people is told at 18:00Z"
    assert logs.blot(said) == said


def test_as_text_a_line_begins_with_its_time_and_names_what_it_carries(tmp_path: Path) -> None:
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    logs.begin(config.load({"FANLIGHT_INSTANCE": str(tmp_path)}), "jobs", stream)
    logging.getLogger("webapp.acts").info("broadcast.start", extra={"brand": 1})
    root.handlers[:], root.level = before, level
    assert stream.getvalue().rstrip().endswith("Z INFO jobs webapp.acts: broadcast.start brand=1")


@pytest.mark.parametrize("name", ["FANLIGHT_LOG_FORMAT", "FANLIGHT_LOG_LEVEL"])
def test_a_setting_nobody_knows_stops_the_start_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SystemExit, match=f"{name} is one of"):
        config.load({"FANLIGHT_INSTANCE": str(tmp_path), name: "loud"})


def test_settings_are_read_in_any_case(tmp_path: Path) -> None:
    given = {"FANLIGHT_LOG_FORMAT": "JSON", "FANLIGHT_LOG_LEVEL": "warning"}
    found: Settings = config.load({"FANLIGHT_INSTANCE": str(tmp_path), **given})
    assert (found.log_format, found.log_level) == ("json", "WARNING")

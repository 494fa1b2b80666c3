"""One bulk upsert through the whole application, in a process of its own: `python -m
tests.bench.lines_apart FOLDER FILE` posts a file of JSON lines and answers with a line of JSON."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from tests.bench.import_apart import megabytes
from tests.cast import VAULT
from webapp import app as webapp_app
from webapp import config
from webapp import db as database
from webapp.clock import SystemClock
from webapp.domain.permission import Actor, Role
from webapp.domain.policy import rulebook
from webapp.domain.subscriber import AttributeType
from webapp.house import House
from webapp.models.user import Membership
from webapp.platforms import registry
from webapp.services import tokens
from webapp.store import attributes

BRAND = 1
OWN = {
    "lifetime_value": AttributeType.MONEY,
    "orders": AttributeType.NUMBER,
    "favourite_store": AttributeType.TEXT,
}


def main(folder: Path, file: Path) -> dict[str, object]:
    """Wall and CPU seconds, the most memory, what was used before, and the answer."""
    db = database.Database(f"sqlite:///{folder / 'fanlight.db'}")
    settings = config.Settings(folder, db.url, "a key")
    house = House(settings, db, SystemClock(), VAULT, registry.default(), rulebook.load())
    app, token = webapp_app.create_app(house), _ready(house)
    before, begun, worked = megabytes("VmRSS"), time.perf_counter(), time.process_time()
    told = _post(app, token, file)
    spent = {"wall": time.perf_counter() - begun, "cpu": time.process_time() - worked}
    db.dispose()
    return {**spent, "memory": megabytes("VmHWM"), "before": before, **told}


def _ready(house: House) -> str:
    """The brand has the attributes of the lines; a token that may edit."""
    with house.db.writer(BRAND) as session:
        known = attributes.types(session)
        for name in OWN.keys() - known.keys():
            attributes.add(session, BRAND, name, name, OWN[name])
        admins = select(Membership.user_id).where(col(Membership.role) == "admin")
        actor = Actor(session.exec(admins).first(), "Ada", Role.ADMIN)
        _, text = tokens.create(
            session, house.vault, actor, name="bench", role=Role.ADMIN, now=datetime.now(UTC)
        )
    return text


def _post(app: Any, token: str, file: Path) -> dict[str, Any]:
    with file.open("rb") as body:
        answer = app.test_client().post(
            "/api/v1/subscribers/bulk",
            input_stream=body,
            content_length=file.stat().st_size,
            content_type="application/x-ndjson",
            headers={"Authorization": f"Bearer {token}"},
        )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told: dict[str, Any] = answer.get_json()
    return told


if __name__ == "__main__":
    print(json.dumps(main(*map(Path, sys.argv[1:]))))

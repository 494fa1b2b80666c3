"""p95 of the main pages with 100,000 subscribers, or as many as `ground` is told."""

from __future__ import annotations

import math
import statistics
import time

from flask.testing import FlaskClient

from tests import stage
from tests.bench import ground, report
from webapp import app as application
from webapp.db import EVERY_BRAND
from webapp.models.segment import Segment
from webapp.models.user import User
from webapp.services import audience_upkeep, name_upkeep, sign_in

PEOPLE = ground.people(100_000)
DRAFT = 2  # the broadcast that is being written
ASKED = 20  # times, after two that warm up
PAGES = {
    "home": "",
    "broadcasts": "broadcasts/",
    "a broadcast": "broadcasts/1",
    "new broadcast": "broadcasts/new",
    "subscribers": "subscribers/",
    "a search": "subscribers/?q=p9999",
    "a search inside a word": "subscribers/?q=999",
    "a search many match": "subscribers/?q=bench",
    "a search nobody matches": "subscribers/?q=zzz",
    "a person": "subscribers/1/",
    "segments": "segments/",
    "year": "year/2026/",
    "engagement": "engagement/",
    "rules": "rules/",
}
WRITING = {  # of the draft
    "a draft": "broadcasts/2?step=message",
    "a message as it is typed": "broadcasts/2/message/preview",
    "a message, seen as somebody": "broadcasts/2/message/preview?who=p9999",
}


def run() -> list[report.Row]:
    with ground.with_people(PEOPLE) as (set_up, _):
        set_up.broadcast()
        set_up.start()
        _draft(set_up)
        _as_the_clock_does(set_up)
        client = _signed_in(set_up)
        return [_measure(client, name, path) for name, path in (PAGES | WRITING).items()]


def _as_the_clock_does(set_up: stage.Stage) -> None:
    house, now = set_up.house, set_up.clock.now()
    name_upkeep.tend(house.db)
    audience_upkeep.rebuild(house.db, now, budget_s=math.inf)


def _draft(set_up: stage.Stage) -> None:
    """The broadcast 2: to a segment, with names in its message."""
    here = {"all": [{"field": "country", "op": "in", "value": ["BR", "MX"]},
                    {"field": "last_inbound_at", "op": "within_days", "value": 2}]}  # fmt: skip
    now = set_up.clock.now()
    with set_up.house.db.writer(set_up.people.rosewood) as session:
        row = Segment(brand_id=set_up.people.rosewood, name="Near", tree=here,
                      created_at=now, updated_at=now)  # fmt: skip
        session.add(row)
        session.commit()
        segment = row.id
    made = set_up.broadcast(
        "Hello {{first_name|there}}, news for {{city|your town}}", state="draft",
        schedule={}, segment_id=segment,
    )  # fmt: skip
    assert made == DRAFT


def _signed_in(set_up: stage.Stage) -> FlaskClient:
    app = application.create_app(set_up.house)
    app.config["WTF_CSRF_ENABLED"] = False
    with set_up.house.db.writer(EVERY_BRAND) as session:
        admin = session.get_one(User, set_up.people.admin)
        token = sign_in.make_link(session, set_up.house.vault, admin, set_up.clock.now())
        session.commit()
    client = app.test_client()
    answer = client.post(f"/sign-in/link/{token}")
    assert answer.status_code in (302, 303), answer.status
    return client


def _measure(client: FlaskClient, name: str, path: str) -> report.Row:
    times = []
    for turn in range(ASKED + 2):
        started = time.perf_counter()
        answer = client.get(f"/b/rosewood/{path}")
        if turn >= 2:
            times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, (path, answer.status)
    p95 = statistics.quantiles(times, n=20)[18]
    return report.Row(f"page: {name}, p95", "ms", p95, min(times), max(times), f"{PEOPLE:,} people")

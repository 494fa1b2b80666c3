"""Object-level permission: whatever belongs to another brand is not found, by any address."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from flask import Flask

from tests.cast import VAULT, Cast
from tests.views.conftest import SignIn
from webapp import db as database
from webapp.domain.permission import Actor, Role
from webapp.models.broadcast import Broadcast
from webapp.models.campaign import Campaign, Moment
from webapp.models.delivery import Delivery
from webapp.models.import_job import ImportJob
from webapp.models.opt_in import Topic
from webapp.models.segment import Segment
from webapp.models.user import Membership
from webapp.services import tokens
from webapp.views import access

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
ABSENT = 987_654


@pytest.fixture
def theirs(sqlite_db: database.Database, cast: Cast, now: datetime) -> dict[str, int]:
    """Ids of one thing of each kind in the other brand, by the name addresses give them."""
    brand, channel = cast.other, cast.other_channel
    with sqlite_db.writer(brand) as session:

        def put(row: object) -> int:
            session.add(row)
            session.flush()
            return row.id  # type: ignore[attr-defined,no-any-return]

        broadcast = put(
            Broadcast(brand_id=brand, channel_id=channel, name="Theirs", kind="standard",
                      created_at=now, updated_at=now)
        )  # fmt: skip
        ids = {
            "channel_id": channel,
            "subscriber_id": cast.eva,
            "broadcast_id": broadcast,
            "delivery_id": put(
                Delivery(brand_id=brand, broadcast_id=broadcast, subscriber_id=cast.eva,
                         channel_id=channel, state=6)
            ),
            "segment_id": put(
                Segment(brand_id=brand, name="Theirs", tree={"all": []}, created_at=now,
                        updated_at=now)
            ),
            "topic_id": put(Topic(brand_id=brand, slug="theirs", name="Theirs")),
            "campaign_id": put(
                Campaign(brand_id=brand, name="Theirs", starts_on=date(2026, 1, 1),
                         ends_on=date(2026, 1, 2), created_at=now, updated_at=now)
            ),
            "moment_id": put(Moment(brand_id=brand, on=date(2026, 1, 1), name="Theirs")),
            "import_id": put(
                ImportJob(brand_id=brand, channel_id=channel, filename="a.csv", path="a.csv",
                          created_at=now)
            ),
            "member_id": put(
                Membership(brand_id=brand, user_id=cast.viewer, role="viewer", created_at=now)
            ),
        }  # fmt: skip
        session.commit()
        actor = Actor(cast.manager, "Theirs", Role.ADMIN)
        row, _ = tokens.create(session, VAULT, actor, name="Theirs", role=Role.VIEWER, now=now)
        ids["token_id"] = row.id or 0
    return ids | {"job_id": ids["import_id"]}


def addresses(app: Flask, method: str) -> list[tuple[str, list[str]]]:
    """Addresses inside a brand that name a thing, and the names of their arguments."""
    found = []
    for methods, path, _, rule in access.rules(app):
        named = [name for name in ARGUMENT.findall(path) if name != "brand_slug"]
        if rule and rule.who == "brand" and method in methods.split() and named:
            found.append((path, named))
    return found


def filled(path: str, ids: dict[str, int]) -> str:
    return ARGUMENT.sub(
        lambda found: "rosewood" if found[1] == "brand_slug" else str(ids.get(found[1], 1)), path
    )


def test_reading_what_belongs_to_another_brand_finds_nothing(
    app: Flask, client: SignIn, theirs: dict[str, int]
) -> None:
    browser = client("admin")
    for path, named in addresses(app, "GET"):
        if not theirs.keys() & set(named):
            continue
        answer = browser.get(filled(path, theirs))
        assert answer.status_code == 404, (path, answer.status_code)


def test_changing_what_belongs_to_another_brand_is_refused(
    app: Flask, client: SignIn, theirs: dict[str, int]
) -> None:
    """404, or 422 where an empty form is looked at first; never a change, never a crash."""
    browser = client("admin")
    for path, named in addresses(app, "POST"):
        if not theirs.keys() & set(named):
            continue
        answer = browser.post(filled(path, theirs), {})
        assert answer.status_code in (404, 422), (path, answer.status_code)


def test_what_never_was_is_answered_alike(app: Flask, client: SignIn) -> None:
    browser = client("admin")
    absent = dict.fromkeys(
        {name for _, named in addresses(app, "GET") for name in named if name.endswith("_id")},
        ABSENT,
    )
    for path, named in addresses(app, "GET"):
        if any(name.endswith("_id") for name in named):
            answer = browser.get(filled(path, absent))
            assert answer.status_code == 404, (path, answer.status_code)

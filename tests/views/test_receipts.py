"""A person's receipt of consent: read, taken away, checked without us."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select, text

from tests.cast import Cast
from tests.views.conftest import SignIn
from webapp.db import EVERY_BRAND
from webapp.house import House
from webapp.models.audit import Audit
from webapp.models.subscriber import Subscriber
from webapp.services import consents
from webapp.store import guards

WORDING = "Tell me when prices drop ราคาลด 价格"


@pytest.fixture
def ana(house: House, cast: Cast, now: datetime) -> str:
    """Ana opted in with a token, stopped, and came back."""
    with house.db.writer(cast.rosewood) as session:
        person = session.get_one(Subscriber, cast.ana)
        consents.opt_in(
            session, person, cast.topic, at=now - timedelta(days=3), now=now, wording=WORDING,
            evidence="event-9", token="secret-token-of-ana",
            token_expires_at=now + timedelta(days=90),
        )  # fmt: skip
        consents.stop_all(session, person, at=now - timedelta(days=2), now=now)
        consents.resume(session, person, at=now - timedelta(days=1), now=now)
        session.commit()
    return f"/b/rosewood/subscribers/{cast.ana}/receipt"


def test_a_receipt_says_what_was_agreed_to_how_and_when(client: SignIn, ana: str) -> None:
    page = client("viewer").get(f"{ana}/").text
    assert "Ana agreed to Price drops." in page
    assert "Ana asked for no more messages." in page
    assert WORDING in page
    assert "event-9" in page
    assert "secr…-ana" in page
    assert "secret-token-of-ana" not in page
    assert "nothing was changed or taken out" in page


def test_her_page_leads_to_it(client: SignIn, ana: str) -> None:
    page = client("viewer").get(ana.removesuffix("receipt")).text
    assert ana in page
    assert "secret-token-of-ana" not in page


def digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()


def check(made: dict[str, Any]) -> None:
    """As `how_to_check` says, with nothing but the receipt."""
    before = ""
    for act in made["acts"]:
        content = digest(act["salt"], act["wording"], act["evidence"], act["token_sha256"])
        assert content == act["content_hash"]
        person, brand = made["receipt_of"]["person_id"], made["brand_id"]
        assert act["hash"] == digest(
            before, brand, person, act["topic_id"], act["action"], act["at"], act["recorded_at"],
            act["source"], act["token_expires_at"], content,
        )  # fmt: skip
        before = act["hash"]
    assert before == made["seal"]


def test_the_json_can_be_checked_without_us(client: SignIn, ana: str) -> None:
    answer = client("editor").post(f"{ana}/json")
    made = answer.get_json()
    check(made)
    assert len(made["acts"]) == 3
    assert "secret-token-of-ana" not in answer.text
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_pdf_is_one_and_who_took_it_is_kept(
    client: SignIn, ana: str, house: House, cast: Cast
) -> None:
    answer = client("editor").post(f"{ana}/pdf")
    assert answer.data.startswith(b"%PDF")
    with house.db.reader(cast.rosewood) as session:
        assert "subscriber.receipt" in session.exec(select(Audit.action)).all()


def test_a_viewer_may_look_and_not_take_away(client: SignIn, ana: str) -> None:
    assert client("viewer").post(f"{ana}/json").status_code == 403


def test_somebody_without_any_act_has_an_empty_one(client: SignIn, cast: Cast) -> None:
    here = f"/b/rosewood/subscribers/{cast.ben}/receipt"
    assert "No act of consent" in client("viewer").get(f"{here}/").text
    assert client("editor").post(f"{here}/pdf").status_code == 200


def test_a_forged_act_shows(client: SignIn, ana: str, house: House) -> None:
    with house.db.writer(EVERY_BRAND) as session:
        guards.lift(session.connection())
        session.execute(text("UPDATE opt_in SET wording = 'Yes to all' WHERE wording <> ''"))
        session.commit()
    assert "does not fit" in client("viewer").get(f"{ana}/").text


def test_an_erased_person_has_no_receipt(app: Flask, client: SignIn, ana: str) -> None:
    client("admin").post(ana.replace("receipt", "erasure"))
    assert client("admin").get(f"{ana}/").status_code == 404

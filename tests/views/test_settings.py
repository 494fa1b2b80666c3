"""The screens of settings: what they change, whom they refuse, what they never show."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from tests.cast import PAGE_TOKEN, Cast
from tests.simulator_process import Simulator
from tests.views.browser import Browser, StoppedClock
from tests.views.conftest import SignIn
from webapp.domain.permission import job
from webapp.house import House
from webapp.services import backups
from webapp.store import api_tokens, audits, channels, members

SETTINGS = "/b/rosewood/settings"


def test_a_person_is_added_and_their_link_is_shown_once(client: SignIn) -> None:
    browser = client("admin")
    answer = browser.post(
        f"{SETTINGS}/people/", {"email": "fay@example.com", "name": "Fay", "role": "viewer"}
    )
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "fay@example.com" in page
    assert "/sign-in/link/" in page
    assert "/sign-in/link/" not in browser.get(answer.location).text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"email": "nonsense", "role": "viewer"}, "Write an e-mail address"),
        ({"email": "editor@rosewood.example", "role": "viewer"}, "works for this brand already"),
        ({"email": "a@example.com", "role": "emperor"}, "Choose one of the list"),
    ],
)
def test_a_person_who_cannot_be_added_is_said_by_field(
    client: SignIn, given: dict[str, str], words: str
) -> None:
    answer = client("admin").post(f"{SETTINGS}/people/", given)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_role_changes_and_the_last_admin_stays(client: SignIn, house: House, cast: Cast) -> None:
    with house.db.reader(cast.rosewood) as session:
        ids = {member.role: member.id for member, _ in members.page(session)}
    browser = client("admin")
    browser.post(f"{SETTINGS}/people/{ids['viewer']}", {"role": "editor"})
    refused = browser.post(f"{SETTINGS}/people/{ids['admin']}/removal")
    assert (refused.status_code, "last admin" in refused.text) == (409, True)
    with house.db.reader(cast.rosewood) as session:
        roles = {member.id: member.role for member, _ in members.page(session)}
    assert roles[ids["viewer"]] == "editor"


def test_somebody_removed_is_out_at_the_next_request(
    client: SignIn, house: House, cast: Cast
) -> None:
    with house.db.reader(cast.rosewood) as session:
        editor = next(m.id for m, _ in members.page(session) if m.role == "editor")
    theirs = client("editor")
    assert theirs.get("/b/rosewood/").status_code == 200
    client("admin").post(f"{SETTINGS}/people/{editor}/removal")
    assert theirs.get("/b/rosewood/").status_code == 404


def test_a_token_is_shown_once_and_can_be_revoked(client: SignIn, house: House, cast: Cast) -> None:
    browser = client("admin")
    browser.post(f"{SETTINGS}/tokens/", {"name": "Shop", "role": "editor", "days": "30"})
    found = re.search(r"fl_[A-Za-z0-9]{40}", browser.get(f"{SETTINGS}/tokens/").text)
    assert found is not None
    assert found.group() not in browser.get(f"{SETTINGS}/tokens/").text
    with house.db.reader(cast.rosewood) as session:
        row, _ = api_tokens.page(session, cast.rosewood)[0]
    browser.post(f"{SETTINGS}/tokens/{row.id}/revocation")
    assert "No token yet" in browser.get(f"{SETTINGS}/tokens/").text


def test_the_brand_is_edited(client: SignIn) -> None:
    browser = client("admin")
    given = {"name": "Rosewood Ltd", "country": "BR", "timezone": "America/Sao_Paulo"}
    assert browser.post(f"{SETTINGS}/brand", given | {"currency": "BRL"}).status_code == 303
    page = browser.get(f"{SETTINGS}/brand").text
    assert "Rosewood Ltd" in page
    assert '<option value="BR" selected>Brazil</option>' in page
    wrong = browser.post(f"{SETTINGS}/brand", given | {"country": "XX"}, htmx=True)
    assert (wrong.status_code, wrong.text.lstrip().startswith("<form")) == (422, True)


def test_a_topic_is_made_once(client: SignIn) -> None:
    browser = client("editor")
    given = {"name": "Weekly tips", "wording": "Tips every Friday"}
    assert browser.post(f"{SETTINGS}/topics/", given).status_code == 303
    assert "Tips every Friday" in browser.get(f"{SETTINGS}/topics/").text
    assert browser.post(f"{SETTINGS}/topics/", given).status_code == 422


def test_things_of_another_brand_are_not_found(client: SignIn, cast: Cast) -> None:
    browser = client("admin")
    for path in (f"channels/{cast.other_channel}", "topics/999", "people/999/removal"):
        method = browser.post if path.startswith("people") else browser.get
        assert method(f"{SETTINGS}/{path}").status_code == 404, path
    for verb in ("", "/stop", "/resume", "/test", "/token"):
        given = {"name": "Mine now", "token": "x"}
        path = f"{SETTINGS}/channels/{cast.other_channel}{verb}"
        assert browser.post(path, given).status_code == 404, verb


def test_a_channel_never_shows_its_token(client: SignIn, cast: Cast) -> None:
    page = client("admin").get(f"{SETTINGS}/channels/{cast.channel}").text
    assert PAGE_TOKEN not in page
    assert "/webhooks/meta/default" in page


def test_only_admins_see_the_verify_token(client: SignIn, cast: Cast) -> None:
    assert "verify-token" in client("admin").get(f"{SETTINGS}/channels/{cast.channel}").text
    assert "verify-token" not in client("viewer").get(f"{SETTINGS}/channels/{cast.channel}").text


@pytest.mark.parametrize(
    ("platform", "key", "account"),
    [
        ("messenger", "Page id", False),
        ("instagram", "Account id", False),
        ("whatsapp", "Phone number id", True),
        ("nonsense", "Page id", False),
    ],
)
def test_each_platform_asks_for_its_own(
    client: SignIn, platform: str, key: str, *, account: bool
) -> None:
    page = client("admin").get(f"{SETTINGS}/channels/new?platform={platform}").text
    assert key in page
    assert ("business account id" in page) is account


def test_a_number_without_its_business_account_is_asked_for_it_again(client: SignIn) -> None:
    given = {"platform": "whatsapp", "key": "555", "token": "t", "app_slug": "default"}
    answer = client("admin").post(f"{SETTINGS}/channels/", given)
    assert answer.status_code == 422
    assert "Give the id of the WhatsApp business account" in answer.text
    assert "Connect a WhatsApp number" in answer.text


@pytest.mark.parametrize("platform", ["messenger", "instagram", "whatsapp"])
def test_a_practice_channel_is_one_click_with_a_running_simulator(
    client: SignIn, house: House, cast: Cast, simulator: Simulator, platform: str
) -> None:
    browser = client("admin")
    given = {"simulator": simulator.url, "platform": platform}
    answer = browser.post(f"{SETTINGS}/channels/practice", given)
    assert answer.status_code == 303, answer.text
    assert "The practice channel is ready" in browser.get(answer.location).text
    with house.db.reader(cast.rosewood) as session:
        made = next(channel for channel in channels.page(session) if channel.practice)
    assert made.graph_url == simulator.url
    told = browser.post(f"{SETTINGS}/channels/{made.id}/test")
    assert "the token works" in browser.get(told.location).text


def test_without_a_simulator_the_click_says_how_to_start_one(client: SignIn) -> None:
    given = {"simulator": "http://127.0.0.1:9"}
    browser = client("admin")
    answer = browser.post(f"{SETTINGS}/channels/practice", given)
    assert "fanlight simulator" in browser.get(answer.location).text


def test_the_audit_log_says_who_did_what(
    client: SignIn, house: House, cast: Cast, now: datetime
) -> None:
    browser = client("admin")
    with house.db.writer(cast.rosewood) as session:
        audits.add(session, job("sender"), cast.rosewood, "broadcast.approve", 7, now, alone=False)
        session.commit()
    browser.post(f"{SETTINGS}/topics/", {"name": "Weekly tips"})
    page = browser.get(f"{SETTINGS}/audit/").text
    assert "made topic" in page
    assert '<span lang="en">alone</span>: no' in page
    assert "Admin" in page
    assert client("manager").get(f"{SETTINGS}/audit/").status_code == 403


def test_rules_of_a_past_day_are_those_of_that_day(client: SignIn) -> None:
    browser = client("viewer")
    then = browser.get("/b/rosewood/rules/", at="2018-06-01").text
    assert "What holds on Fri 1 Jun 2018" in then
    assert "messenger.window.24h" in then
    changes = browser.get("/b/rosewood/rules/", show="changed").text
    assert "begins" in changes


def test_nobody_without_a_brand_is_lost(app: object, house: House, now: datetime) -> None:
    from webapp.db import NO_BRAND
    from webapp.domain.permission import Actor
    from webapp.services import users

    operator = Actor(None, "Operator", None, operator=True)
    with house.db.writer(NO_BRAND) as session:
        users.create(session, operator, "gus@example.com", "Gus", now)
    browser = Browser(app).sign_in("gus@example.com")  # type: ignore[arg-type]
    assert browser.get("/").location == "/brands"
    assert "Ask an admin of the brand" in browser.get("/brands").text
    assert browser.get("/brands/new").status_code == 403


def test_quiet_hours_and_a_cap_are_set_and_switched_off(client: SignIn) -> None:
    page = f"{SETTINGS}/quiet-hours-and-caps/"
    given = {"quiet": "1", "start": "21:00", "end": "07:30", "then": "skip", "capped": "1",
             "messages": "2", "days": "7"}  # fmt: skip
    browser = client("admin")
    assert 'value="22:00"' in browser.get(page).text  # suggested, and off
    assert browser.post(page, given).status_code == 303
    shown = browser.get(page).text
    assert 'value="21:00"' in shown
    assert shown.count(" checked") == 3
    browser.post(page, {"then": "hold"})
    assert browser.get(page).text.count(" checked") == 1  # what happens then


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"quiet": "1", "start": "22:00"}, "Give a time of day like 22:00."),
        ({"quiet": "1", "start": "22:00", "end": "22:00"}, "end at another time"),
        ({"quiet": "1", "start": "late", "end": "22:00"}, "Write a time"),
        ({"capped": "1", "messages": "3"}, "Fill this in."),
        ({"capped": "1", "messages": "0", "days": "7"}, "Write 1 or more."),
        ({"capped": "1", "messages": "3", "days": "9999"}, "Write 366 or less."),
    ],
)
def test_quiet_hours_that_are_none_are_said_by_field(
    client: SignIn, given: dict[str, str], words: str
) -> None:
    answer = client("admin").post(f"{SETTINGS}/quiet-hours-and-caps/", given)
    assert answer.status_code == 422
    assert words in answer.text


def test_only_admins_change_quiet_hours(client: SignIn) -> None:
    page = f"{SETTINGS}/quiet-hours-and-caps/"
    browser = client("manager")
    assert "An admin of the brand can change this." in browser.get(page).text
    assert browser.post(page, {}).status_code == 403


def test_operators_have_the_sets_of_people_read_anew(client: SignIn, house: House) -> None:
    browser = client("admin")
    browser.get("/b/rosewood/segments/new")
    page = browser.get(f"{SETTINGS}/health/").text
    assert "Read the sets of people anew" in page
    answer = browser.post(f"{SETTINGS}/health/audiences")
    after = browser.get(answer.location).text
    assert "Sets of people are read anew: 0 of" in after
    assert "<progress" in after
    assert "Read the sets of people anew" not in client("manager").get(f"{SETTINGS}/health/").text
    assert client("manager").post(f"{SETTINGS}/health/audiences").status_code == 403


def test_system_health_knows_the_last_backup(
    client: SignIn, house: House, clock: StoppedClock
) -> None:
    here, admin = "/b/rosewood/settings/health/", client("admin")
    assert "No backup is recorded here" in admin.get(here).text
    backups.note(house.db, clock.now())
    backups.note(house.db, clock.now())
    assert "The last backup was made just now" in admin.get(here).text
    clock.advance(backups.STALE + timedelta(minutes=1))
    assert "makes another" in client("admin").get(here).text

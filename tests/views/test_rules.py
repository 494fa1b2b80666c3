"""The rules screen: what holds, what changes between two days, whom it touches, and which book."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.cast import Cast
from tests.rulebook_files import changed, signed
from tests.views.browser import StoppedClock
from tests.views.conftest import SignIn
from webapp import app as webapp_app
from webapp import db as database
from webapp.domain import rulebook_file
from webapp.domain.permission import Actor, Role
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.models.subscriber import Subscriber
from webapp.services import rulebook_keys, rulebooks
from webapp.store import rulebooks as kept

RULES = "/b/rosewood/rules/"
PEM, PUBLIC = rulebook_keys.make()
OPERATOR = Actor(None, "Olga", Role.ADMIN, operator=True, door="cli")


@pytest.fixture
def house(house: House) -> House:
    """It trusts a key, and has started once."""
    trusting = replace(house, settings=replace(house.settings, rulebook_keys=(PUBLIC,)))
    rulebooks.take_up(trusting)
    return trusting


@pytest.fixture
def loaded(house: House, now: datetime) -> str:
    """The version of a signed book that is in force."""
    content = signed(changed(13), PEM, now - timedelta(hours=1))
    with house.db.writer(database.NO_BRAND) as session:
        return rulebooks.load(session, house, OPERATOR, content, now).version


@pytest.fixture
def planned(house: House, cast: Cast, now: datetime) -> int:
    """A scheduled broadcast of Rosewood's, to everyone with an open window."""
    with house.db.writer(cast.rosewood) as session:
        row = Broadcast(
            brand_id=cast.rosewood, channel_id=cast.channel, name="Doors open", kind="standard",
            state="scheduled", scheduled_at=now + timedelta(days=1), created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(row)
        session.commit()
        return row.id or 0


def article(page: str, rule_id: str) -> str:
    """The part of the page about one rule."""
    start = f'<article class="rule" id="{re.escape(rule_id)}">'
    found = re.search(start + ".*?</article>", page, re.DOTALL)
    assert found, rule_id
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_a_rule_is_told_with_source_confidence_and_note(client: SignIn) -> None:
    page = client("viewer").get(RULES).text
    told = article(page, "messenger.window.ad")
    assert "the window may last up to 7 days" in told
    assert "since Mon 28 Sept 2026" in told
    assert "likely, checked Sun 22 Nov 2026" in told
    assert "developers.facebook.com" in told
    assert "The edit was seen on 2026-09-28" in told
    assert "Forbids" not in told  # counted when the page asks for it


def test_whom_a_rule_touches_is_counted_on_demand(client: SignIn, planned: int) -> None:
    browser = client("viewer")
    page = browser.get(RULES).text
    link = re.search(r'hx-get="([^"]+)" hx-trigger="load delay:400ms"', page)
    assert link, "the page asks by itself"
    address = link[1].replace("&amp;", "&")
    assert f'<a href="{link[1]}">' in page, "and without script it is a link"
    counted = browser.get(address).text
    told = article(counted, "messenger.window.24h")
    assert "Forbids 2 people" in told
    assert "Allows 2 people" in told
    assert "1 planned broadcast Doors open" in told
    assert f"/broadcasts/{planned}" in counted
    assert "Forbids Price drops 3 people" in article(counted, "messenger.subscription.opt_in")
    assert "Counted for 4 people" in counted
    assert "load delay" not in counted


def test_a_very_large_brand_is_counted_only_when_asked(
    client: SignIn, house: House, cast: Cast
) -> None:
    with house.db.writer(cast.rosewood) as session:
        person = session.get_one(Subscriber, cast.ben)
        session.add(Subscriber(**person.model_dump() | {"id": 10**6, "key": "last"}))
        session.commit()
    page = client("viewer").get(RULES).text
    assert "load delay" not in page
    assert "counts=1" in page


def test_another_brands_broadcasts_and_people_are_not_counted(
    client: SignIn, house: House, cast: Cast, now: datetime
) -> None:
    with house.db.writer(cast.other) as session:
        session.add(
            Broadcast(brand_id=cast.other, channel_id=cast.other_channel, name="Theirs",
                      kind="standard", state="draft", created_at=now, updated_at=now)
        )  # fmt: skip
        session.commit()
    page = client("viewer").get(RULES, counts="1").text
    assert "Theirs" not in page
    assert "Counted for 4 people" in page


def test_a_platform_without_a_channel_says_so(client: SignIn) -> None:
    page = client("viewer").get(RULES, counts="1", platform="whatsapp").text
    assert "no channel on WhatsApp" in page


def test_a_part_of_the_page_brings_its_tabs_along(client: SignIn) -> None:
    part = client("viewer").get(RULES, at="2018-06-01", htmx=True).text
    assert part.lstrip().startswith('<div id="results">')
    assert '<hx-partial hx-target="#tabs"' in part
    assert "at=2018-06-01" in part


def test_the_difference_between_two_days_is_read_day_by_day(client: SignIn) -> None:
    """From the rules of a day to what came after it, as a manager would look it up."""
    browser = client("manager")
    then = browser.get(RULES, at="2025-08-10").text
    assert "one message every 24 hours" in article(then, "messenger.sponsored.spacing")
    page = browser.get(RULES, show="changed", **{"from": "2025-08-10", "to": "2025-09-30"}).text
    assert "What changed after Sun 10 Aug 2025, up to Tue 30 Sept 2025" in page
    days = re.findall(r'<h2 id="day-([\d-]+)">', page)
    assert days == sorted(days, reverse=True)
    assert days[-1] == "2025-08-11"
    assert "2025-09-29" in days
    last = page[page.index('id="day-2025-08-11"') :]
    text = " ".join(re.sub(r"<[^>]+>", " ", last).split())
    assert "changes A marketing token carries one message every 12 hours. hours 24 12" in text
    assert "begins" in page
    narrower = browser.get(
        RULES, show="changed", q="MARKETING token 12", **{"from": "2025-08-10", "to": "2025-09-30"}
    ).text
    assert re.findall(r'<h2 id="day-([\d-]+)">', narrower) == ["2025-08-11"]


def test_what_was_said_before_is_read_beside_what_is_said_now(client: SignIn) -> None:
    page = client("viewer").get(
        RULES, show="changed", **{"from": "2026-04-01", "to": "2026-05-01"}
    ).text  # fmt: skip
    assert "of the four only HUMAN_AGENT is left" in page
    assert "4 message tags allow certain messages" in page


def test_words_find_rules_and_nothing_found_says_why(client: SignIn) -> None:
    browser = client("viewer")
    found = browser.get(RULES, q="Click-to-Message ad").text
    assert "messenger.window.ad" in found
    assert "messenger.window.24h" not in found
    assert "No rule says that" in browser.get(RULES, q="zebra").text
    assert "No change says that" in browser.get(RULES, q="zebra", show="changed").text
    assert "No change is announced" in browser.get(RULES, show="coming", at="2099-01-01").text
    quiet = {"from": "2018-01-01", "to": "2018-01-02"}
    assert "Nothing changed" in browser.get(RULES, show="changed", **quiet).text


WRONG = [
    ({"at": "tomorrow"}, "Write a date"),
    ({"at": "2026-02-30"}, "Write a date"),
    ({"at": "2016-11-13"}, "The rulebook begins on Mon 14 Nov 2016."),
    ({"at": "0001-01-01"}, "The rulebook begins on Mon 14 Nov 2016."),
    ({"show": "changed", "from": "2026-12-01", "to": "2026-11-01"}, "after the last one"),
    ({"show": "changed", "from": "1999-01-01", "to": "x"}, "Write a date"),
]


@pytest.mark.parametrize(("asked", "words"), WRONG)
def test_a_day_that_cannot_be_shown_is_named(
    client: SignIn, asked: dict[str, str], words: str
) -> None:
    for counts in ("", "1"):
        answer = client("viewer").get(RULES, **asked, counts=counts)
        assert answer.status_code == 422
        assert words in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        {"at": "9999-12-31", "counts": "1"},
        {"show": "changed", "from": "2016-11-14", "to": "9999-12-31", "counts": "1"},
        {"show": "coming", "at": "9999-12-31", "counts": "1"},
        {"show": "nothing", "q": "%" * 500, "counts": "2"},
        {"q": "<script>alert(1)</script>"},
    ],
)
def test_nothing_that_is_asked_breaks_the_page(client: SignIn, asked: dict[str, str]) -> None:
    answer = client("viewer").get(RULES, **asked)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_a_platform_the_book_does_not_know_is_named(client: SignIn) -> None:
    answer = client("viewer").get(RULES, platform="telegram")
    assert answer.status_code == 422
    assert "The book knows Messenger, Instagram and WhatsApp." in answer.text


def test_prices_and_limits_change_between_two_days_like_rules(client: SignIn) -> None:
    viewer = client("viewer")
    asked = {"show": "changed", "from": "2026-09-30", "to": "2026-10-01"}
    page = viewer.get(RULES, platform="whatsapp", **asked).text
    assert "whatsapp.price.card" in page
    assert "Prices in USD" in page
    assert "whatsapp.limit.free_service" in page
    assert "1,000 messages per month" in page
    assert "whatsapp.price.card" not in viewer.get(RULES, platform="instagram", **asked).text


def test_the_book_says_who_put_it_in_force_and_keeps_the_earlier_ones(
    client: SignIn, house: House, loaded: str
) -> None:
    browser = client("viewer")
    page = browser.get(RULES, show="book").text
    assert loaded in page
    assert "by Olga" in page
    assert "signed with the key ed25519:" in page
    first = house.packaged.version
    assert f"book={first}" in page
    assert "every 13 hours" in article(browser.get(RULES).text, "messenger.sponsored.spacing")
    old = browser.get(RULES, book=first).text
    assert "This is not the book in force" in old
    assert "every 12 hours" in article(old, "messenger.sponsored.spacing")
    assert "Forbids" not in browser.get(RULES, book=first, counts="1").text
    compared = browser.get(RULES, show="book", book=first).text
    assert "<code>params.hours</code> 12" in compared


def test_the_only_book_says_that_it_is_the_only_one(client: SignIn) -> None:
    assert "There is no other one yet" in client("viewer").get(RULES, show="book").text


def test_a_book_that_is_not_here_or_cannot_be_read_is_no_crash(
    client: SignIn, house: House, loaded: str, now: datetime
) -> None:
    browser = client("viewer")
    assert browser.get(RULES, book="nothing").status_code == 404
    with house.db.writer(database.NO_BRAND) as session:
        rulebooks.go_back(session, house, OPERATOR, house.packaged.version, now)
        row = kept.get(session, loaded)
        row.content = rulebook_file.pack({"a.toml": b"[[planet]]\n"}).decode()
        session.add(row)
        session.commit()
    answer = browser.get(RULES, book=loaded)
    assert answer.status_code == 409
    assert "a.toml" in answer.text


def test_a_loaded_book_decides_without_a_restart(
    app: Flask, client: SignIn, house: House, loaded: str
) -> None:
    """Another process, which knew the first book, has the new one when it looks again."""
    elsewhere = replace(house)
    assert elsewhere.book.version == loaded
    other = webapp_app.create_app(elsewhere)
    assert (
        other.extensions["fanlight"]
        .book.rule("messenger.sponsored.spacing", datetime(2026, 11, 22, tzinfo=UTC))
        .params["hours"]
        == 13
    )


def test_what_is_coming_names_the_broadcasts_that_are_sent_after_it(
    client: SignIn, house: House, cast: Cast, clock: StoppedClock
) -> None:
    """Before 2025-08-11, when the spacing of marketing tokens changed."""
    clock.at = datetime(2025, 8, 1, 12, tzinfo=UTC)
    with house.db.writer(cast.rosewood) as session:
        for name, day in (("Early", 10), ("Late", 20)):
            session.add(
                Broadcast(brand_id=cast.rosewood, channel_id=cast.channel, name=name,
                          kind="sponsored", state="approved", created_at=clock.at,
                          scheduled_at=datetime(2025, 8, day, 9, tzinfo=UTC), updated_at=clock.at)
            )  # fmt: skip
        session.commit()
    page = client("viewer").get(RULES, show="coming", counts="1").text
    days = re.findall(r'<h2 id="day-([\d-]+)">', page)
    assert days[0] == "2025-08-11"
    assert days == sorted(days)
    first = " ".join(re.sub(r"<[^>]+>", " ", page[: page.index('id="day-2025-09-01"')]).split())
    assert "changes A marketing token carries one message every 12 hours. hours 24 12" in first
    assert "1 planned broadcast Late Wed 20 Aug 2025, after the change" in first
    assert "Early" not in page

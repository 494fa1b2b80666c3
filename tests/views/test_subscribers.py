"""The subscribers' screens: who is found, what is shown, what may be changed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from sqlmodel import Session

from tests.cast import Cast
from tests.views.conftest import SignIn
from webapp.domain.permission import Actor, Role
from webapp.domain.subscriber import AttributeType
from webapp.house import House
from webapp.models.broadcast import Broadcast
from webapp.models.delivery import Delivery
from webapp.models.raw_event import Event
from webapp.services import consents, subscribers
from webapp.store import attributes

HERE = "/b/rosewood/subscribers"
ADMIN = Actor(None, "Ada", Role.ADMIN)


def _address(query: dict[str, str]) -> str:
    return f"{HERE}/?{urlencode(query)}"


def names(page: str) -> list[str]:
    """Whom a list shows, in its order."""
    return re.findall(r'<a class="row-link"[^>]*>([^<]*)</a>', page)


def event(session: Session, cast: Cast, at: datetime, text: str) -> None:
    session.add(
        Event(
            brand_id=cast.rosewood, channel_id=cast.channel, subscriber_id=cast.ana,
            kind="message", key=f"m-{at.isoformat()}", at=at, text=text,
        )
    )  # fmt: skip


def test_the_list_shows_this_brands_people_those_who_wrote_last_first(client: SignIn) -> None:
    page = client("viewer").get(f"{HERE}/").text
    assert names(page) == ["Cara", "Ana", "Ben", "Dao"]


def test_search_as_you_type_answers_with_the_results_alone(client: SignIn) -> None:
    answer = client("viewer").get(f"{HERE}/", htmx=True, q="an")
    assert answer.text.lstrip().startswith('<div id="results">')
    assert names(answer.text) == ["Ana"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"q": "zzz"}, "called “zzz”"),
        ({"tag": "nobody-has-it"}, "Nobody fits all of these filters"),
    ],
)
def test_nobody_is_said_with_the_reason(client: SignIn, query: dict[str, str], words: str) -> None:
    assert words in client("viewer").get(_address(query)).text


@pytest.mark.parametrize(
    "query",
    [
        {"window": "ajar"}, {"country": "france"}, {"channel": "x"}, {"after": "yesterday~x"},
        {"channel": "99999999999999999999"}, {"q": "x" * 500}, {"after": "2026-11-22T10:00:00~1"},
    ],
)  # fmt: skip
def test_an_address_that_means_nothing_narrows_nothing(
    client: SignIn, query: dict[str, str]
) -> None:
    answer = client("viewer").get(_address(query))
    assert (answer.status_code, "Ana" in names(answer.text)) == (200, True)


def test_pages_go_on_where_the_last_one_ended(
    client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.views import subscribers as screen

    monkeypatch.setattr(screen, "PAGE", 2)
    browser = client("viewer")
    first = browser.get(f"{HERE}/").text
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = browser.get(address).text
    assert (names(first), names(second)) == (["Cara", "Ana"], ["Ben", "Dao"])
    assert "First page" in second


def test_a_persons_page_says_when_and_why_in_words(client: SignIn, cast: Cast) -> None:
    browser = client("viewer")
    assert "Yes: the window is open until" in browser.get(f"{HERE}/{cast.ana}/").text
    assert "the window closed on" in browser.get(f"{HERE}/{cast.ben}/").text
    assert "They stopped all messages" in browser.get(f"{HERE}/{cast.cara}/").text
    dao = browser.get(f"{HERE}/{cast.dao}/").text
    assert "Price drops" in dao
    assert "messenger.window" in dao


def test_a_person_of_another_brand_or_erased_is_not_found(
    client: SignIn, cast: Cast, house: House, now: datetime
) -> None:
    with house.db.writer(cast.rosewood) as session:
        subscribers.erase(session, ADMIN, house.vault, cast.dao, now)
    browser = client("admin")
    for person in (cast.eva, cast.dao, 999):
        assert browser.get(f"{HERE}/{person}/").status_code == 404


def test_a_tag_is_put_on_and_taken_off(client: SignIn, cast: Cast) -> None:
    browser = client("editor")
    put = browser.post(f"{HERE}/{cast.ana}/tags", {"tag": "V.I.P. <b>"}, htmx=True)
    assert put.text.lstrip().startswith('<section id="tags">')
    assert "V.I.P. &lt;b&gt;" in put.text
    browser.post(f"{HERE}/{cast.ana}/tags/removal", {"tag": "V.I.P. <b>"})
    assert "No tags." in browser.get(f"{HERE}/{cast.ana}/").text


def test_a_tag_that_cannot_be_used_is_said_in_its_place(client: SignIn, cast: Cast) -> None:
    browser = client("editor")
    wrong = browser.post(f"{HERE}/{cast.ana}/tags", {"tag": "a,b"}, htmx=True)
    assert (wrong.status_code, "without commas" in wrong.text) == (422, True)
    assert browser.post(f"{HERE}/{cast.ana}/tags", {"tag": ""}).status_code == 422


def test_everybody_a_search_finds_is_tagged(client: SignIn) -> None:
    browser = client("editor")
    answer = browser.post(f"{HERE}/tags", {"put": "vip", "window": "closed"})
    assert answer.location.endswith("?window=closed")
    assert names(browser.get(f"{HERE}/", tag="vip").text) == ["Ben", "Dao"]


def test_attributes_are_corrected_or_refused_in_their_place(
    client: SignIn, cast: Cast, house: House
) -> None:
    with house.db.writer(cast.rosewood) as session:
        attributes.add(session, cast.rosewood, "orders", "Orders", AttributeType.NUMBER)
        attributes.add(session, cast.rosewood, "member", "Member", AttributeType.YESNO)
        session.commit()
    browser = client("editor")
    given = {"attr-orders": "3.50", "attr-member": "yes"}
    assert browser.post(f"{HERE}/{cast.ana}/attributes", given).status_code == 303
    page = browser.get(f"{HERE}/{cast.ana}/").text
    assert 'value="3.5"' in page
    assert '<option value="yes" selected>' in page
    wrong = browser.post(f"{HERE}/{cast.ana}/attributes", {"attr-orders": "many"}, htmx=True)
    assert (wrong.status_code, "not a number" in wrong.text, 'value="many"' in wrong.text) == (
        422, True, True,
    )  # fmt: skip


def test_all_messages_are_stopped_for_somebody_who_asked(client: SignIn, cast: Cast) -> None:
    browser = client("editor")
    browser.post(f"{HERE}/{cast.ana}/stop", {"evidence": "by phone"})
    page = browser.get(f"{HERE}/{cast.ana}/").text
    assert "They stopped all messages" in page
    assert "by phone" in page


def test_a_person_is_exported_by_those_who_may(client: SignIn, cast: Cast) -> None:
    answer = client("editor").post(f"{HERE}/{cast.dao}/export")
    assert answer.get_json()["person"]["first_name"] == "Dao"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client("viewer").post(f"{HERE}/{cast.dao}/export").status_code == 403


def test_only_an_admin_erases(client: SignIn, cast: Cast) -> None:
    assert client("manager").post(f"{HERE}/{cast.ben}/erasure").status_code == 403
    answer = client("admin").post(f"{HERE}/{cast.ben}/erasure")
    assert answer.location == f"{HERE}/"
    assert "Ben" not in names(client("viewer").get(f"{HERE}/").text)


def test_what_happened_is_shown_newest_first_and_goes_on(
    client: SignIn, cast: Cast, house: House, now: datetime
) -> None:
    with house.db.writer(cast.rosewood) as session:
        for n in range(35):
            event(session, cast, now - timedelta(minutes=n), f"message {n}.")
        session.commit()
    browser = client("viewer")
    page = browser.get(f"{HERE}/{cast.ana}/").text
    assert ("message 0." in page, "message 29." in page, "message 30." in page) == (
        True, True, False,
    )  # fmt: skip
    address = page.split('class="older"><a href="')[1].split('"')[0].replace("&amp;", "&")
    more = browser.get(address, htmx=True).text
    assert ("message 34." in more, more.lstrip().startswith("<li")) == (True, True)
    assert "message 34." in browser.get(address).text


def test_why_a_message_was_skipped_is_told_in_words(
    client: SignIn, cast: Cast, house: House, now: datetime
) -> None:
    with house.db.writer(cast.rosewood) as session:
        broadcast = Broadcast(
            brand_id=cast.rosewood, channel_id=cast.channel, name="Spring picks",
            kind="standard", created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(broadcast)
        session.flush()
        session.add(
            Delivery(
                brand_id=cast.rosewood, broadcast_id=broadcast.id, subscriber_id=cast.ben,
                channel_id=cast.channel, state=4, reason="messenger.window.24h", decided_at=now,
            )
        )  # fmt: skip
        session.commit()
    page = client("viewer").get(f"{HERE}/{cast.ben}/").text
    moments = page.split('class="timeline"')[1]
    assert ("Spring picks" in moments, "Was skipped" in moments) == (True, True)
    assert "only in the 24 hours after the person last wrote" in moments


def test_the_proof_of_an_opt_in_is_shown(
    client: SignIn, cast: Cast, house: House, now: datetime
) -> None:
    with house.db.writer(cast.rosewood) as session:
        ana = subscribers.found(session, cast.ana)
        consents.opt_in(
            session, ana, cast.topic, at=now, now=now, wording="Yes to news", evidence="event-9"
        )
        session.commit()
    page = client("viewer").get(f"{HERE}/{cast.ana}/").text
    assert "Yes to news" in page
    assert "event-9" in page


def test_a_brand_without_people_says_how_to_get_some(
    client: SignIn, house: House, cast: Cast
) -> None:
    from sqlalchemy import delete

    from webapp.models.opt_in import Consent, OptIn
    from webapp.models.subscriber import Subscriber
    from webapp.store import guards

    with house.db.writer(cast.rosewood) as session:
        guards.lift(session.connection())  # the ledger of consent lets nobody out
        for model in (Consent, OptIn, Subscriber):
            session.exec(delete(model))
        session.commit()
    assert "Import people" in client("editor").get(f"{HERE}/").text
    assert "when an editor imports them" in client("viewer").get(f"{HERE}/").text


def test_a_list_is_taken_out_by_whoever_may(client: SignIn) -> None:
    answer = client("editor").post(f"{HERE}/export", {"window": "closed"})
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="subscribers-')
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert lines[0].startswith("psid,first_name,")
    assert sorted(line.split(",")[1] for line in lines[1:]) == ["Ben", "Dao"]
    assert client("viewer").post(f"{HERE}/export", {}).status_code == 403
    assert "Export 4 people" in client("editor").get(f"{HERE}/").text
    assert "Export 4 people" not in client("viewer").get(f"{HERE}/").text


def test_a_tag_is_taken_off_everybody_found(client: SignIn) -> None:
    browser = client("editor")
    browser.post(f"{HERE}/tags", {"put": "vip"})
    answer = browser.post(f"{HERE}/tags/removal", {"take": "vip", "window": "closed"})
    assert "2 people lost the tag vip." in browser.get(answer.location).text
    assert "2 people" in browser.get(f"{HERE}/?tag=vip").text


def test_a_number_that_takes_long_is_there_from_a_sample_and_then_exactly(
    client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.services import selections
    from webapp.services.naming import Rough

    monkeypatch.setattr(selections, "about", lambda *_: Rough(412_000, exact=False))
    browser = client("admin")
    page = browser.get(f"{HERE}/?q=a").text
    assert "about 412,000 people" in page
    assert "counting …" in page
    assert "Export" not in page  # what is done to all of them names their number
    address = page.split('hx-get="')[2].split('"')[0].replace("&amp;", "&")
    exact = browser.get(address, htmx=True).text
    assert re.search(r'role="status">\s*3 people', exact)
    assert "about" not in exact
    assert names(exact) == names(page)
    assert "Export 3 people" in exact

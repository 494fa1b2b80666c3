"""When one person may be written to, as her page tells it, and the form that asks further."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest

from tests.cast import Cast
from tests.views.conftest import SignIn
from webapp.domain.policy.situation import Region
from webapp.house import House
from webapp.models.opt_in import Topic
from webapp.models.subscriber import Subscriber
from webapp.models.user import User

HERE = "/b/rosewood/subscribers"
TAGS = re.compile(r"<[^>]+>")


def text(html: str) -> str:
    """As it is read, one space between words."""
    return re.sub(
        r"\s+(?=[,:)])|(?<=\()\s+", "", re.sub(r"\s+", " ", unescape(TAGS.sub(" ", html)))
    )


def kinds(page: str) -> dict[str, str]:
    """Each kind's words by its heading."""
    section, _, _ = page.partition('<ul class="reach">')[2].partition("</section>")
    parts = [part.partition("</h3>") for part in section.split("<h3>")[1:]]
    return {text(name).strip(): text(words) for name, _, words in parts}


def asked(cast: Cast, **query: str) -> str:
    return f"{HERE}/{cast.dao}/explanation?{urlencode(query)}"


def test_each_kind_says_now_until_when_and_what_then(client: SignIn, cast: Cast) -> None:
    found = kinds(client("viewer").get(f"{HERE}/{cast.ana}/").text)
    assert list(found) == ["Standard message", "Sponsored message", "Utility message"]
    standard = found["Standard message"]
    assert "Freely, inside the window · now, until Mon 23 Nov 2026, 11:00 UTC" in standard
    assert (
        "Never, unless they write · from Mon 23 Nov 2026, 11:00 UTC (for them 12:00 Paris) on"
        in standard
    )
    assert (
        "only in the 24 hours after the person last wrote to it. messenger.window.24h" in standard
    )


def test_every_stretch_leads_to_its_source_and_its_rule(client: SignIn, cast: Cast) -> None:
    page = client("viewer").get(f"{HERE}/{cast.ana}/").text
    stretches = page.split('<ol class="stretches">')[1].split("</ol>")[0].split("<li")[1:]
    assert len(stretches) == 2
    for stretch in stretches:
        assert 'href="https://developers.facebook.com/' in stretch
        assert re.search(
            r'href="/b/rosewood/rules/\?at=2026-11-2[23]&amp;platform=messenger#', stretch
        )


def test_topics_once_asked_about_have_a_row_and_others_a_choice(
    client: SignIn, cast: Cast, house: House
) -> None:
    with house.db.writer(cast.rosewood) as session:
        session.add(Topic(brand_id=cast.rosewood, slug="weekly", name="Weekly tips"))
        session.commit()
    page = client("viewer").get(f"{HERE}/{cast.dao}/").text
    assert "Subscription message, Price drops" in kinds(page)
    assert not any("Weekly" in name for name in kinds(page))
    assert '<option value="weekly">Weekly tips</option>' in page


def test_her_own_time_stands_beside_the_viewers_where_it_differs(
    client: SignIn, cast: Cast, house: House
) -> None:
    browser = client("viewer")
    assert "for them" in kinds(browser.get(f"{HERE}/{cast.ana}/").text)["Standard message"]
    with house.db.writer(cast.rosewood) as session:
        session.get_one(User, cast.viewer).timezone = "Europe/Paris"
        session.commit()
    page = kinds(client("viewer").get(f"{HERE}/{cast.ana}/").text)["Standard message"]
    assert "12:00 Paris" in page
    assert "for them" not in page


@pytest.mark.parametrize("zone", [None, "Mars/Base", "UTC"])
def test_a_zone_that_is_not_known_says_nothing_of_their_clock(
    client: SignIn, cast: Cast, house: House, zone: str | None
) -> None:
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Subscriber, cast.ana).timezone = zone
        session.commit()
    assert "for them" not in client("viewer").get(f"{HERE}/{cast.ana}/").text


def test_an_unknown_country_is_said_where_it_made_the_answer(
    client: SignIn, cast: Cast, house: House
) -> None:
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Subscriber, cast.dao).country = None
        session.commit()
    page = client("viewer").get(f"{HERE}/{cast.dao}/").text
    found = kinds(page)
    assert "rules by country are read in the strictest way" in text(page)
    assert "strictest reading counts" in found["Subscription message, Price drops"]
    assert "strictest reading counts" not in found["Standard message"]


def test_any_kind_at_any_time_is_a_page_of_its_own(
    client: SignIn, cast: Cast, house: House
) -> None:
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Subscriber, cast.dao).region = Region.EU
        session.commit()
    address = asked(
        cast, kind="subscription", topic="price-drops", at_date="2026-11-24", at_time="09:00",
        at_zone="Europe/Paris",
    )  # fmt: skip
    page = client("viewer").get(address).text
    assert page.lstrip().startswith("<!doctype html>")
    answer = text(page.split('class="answer"')[1])
    assert "Tue 24 Nov 2026, 08:00 UTC: As a subscription message." in answer
    assert "messenger.subscription.regions" in answer
    assert 'name="at_time" value="08:00"' in page  # the viewer's clocks, with their zone
    assert 'name="at_zone" value="UTC"' in page


def test_htmx_gets_the_form_and_its_answer_alone(client: SignIn, cast: Cast) -> None:
    answer = client("viewer").get(asked(cast), htmx=True).text
    assert answer.lstrip().startswith('<div id="asked">')
    assert "Never, unless they write" in text(answer)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"kind": "pigeon"}, "Choose one of the list."),
        ({"kind": "subscription"}, "Choose the topic of the message."),
        ({"kind": "subscription", "topic": "no-such"}, "Choose the topic of the message."),
        ({"at_date": "2016-11-13", "at_time": "23:59", "at_zone": "UTC"}, "The rulebook begins on"),
        ({"at_date": "0001-01-01", "at_time": "00:00", "at_zone": "Asia/Tokyo"}, "nearer to today"),
        ({"at_date": "9999-12-31", "at_time": "23:59", "at_zone": "UTC"}, "that far ahead"),
        ({"at_date": "2026-11-24", "at_time": "09:00"}, "2026-11-24 09:00 has no time zone"),
        (
            {"at_date": "2026-11-24", "at_time": "09:00", "at_zone": "Mars/Base"},
            "no time zone Mars",
        ),
        ({"at_date": "2026-11-24"}, "Choose the time."),
        ({"at_time": "09:00"}, "Choose the day."),
        ({"at_date": "tomorrow", "at_time": "09:00"}, "Write a date"),
    ],
)
def test_what_cannot_be_asked_is_said_in_its_place(
    client: SignIn, cast: Cast, query: dict[str, str], words: str
) -> None:
    for htmx in (False, True):
        answer = client("viewer").get(asked(cast, **query), htmx=htmx)
        assert (answer.status_code, words in text(answer.text)) == (422, True)
        assert "aria-invalid" in answer.text


def test_a_time_that_clocks_skip_is_said(client: SignIn, cast: Cast) -> None:
    address = asked(cast, at_date="2027-03-28", at_time="02:30", at_zone="Europe/Paris")
    assert "Clocks skip this time" in client("viewer").get(address).text


def test_a_strip_ends_fourteen_days_later_and_has_the_viewers_days(
    client: SignIn, cast: Cast
) -> None:
    page = client("viewer").get(f"{HERE}/{cast.ana}/").text
    strip = page.split('<svg class="fortnight"')[1].split("</svg>")[0]
    widths = sorted(float(width) for width in re.findall(r'width="([\d.]+)"', strip))
    assert widths == pytest.approx([1000 * 23 / 336, 1000 * 313 / 336], abs=0.2)
    assert strip.count("<line") == 14
    assert "Sun 6 Dec 2026" in page


def test_an_hour_that_is_left_stays_to_be_seen(
    client: SignIn, cast: Cast, house: House, now: datetime
) -> None:
    with house.db.writer(cast.rosewood) as session:
        session.get_one(Subscriber, cast.ana).window_ends_at = now + timedelta(minutes=5)
        session.commit()
    strip = client("viewer").get(f"{HERE}/{cast.ana}/").text.split('<svg class="fortnight"')[1]
    assert 'class="hue-window" x="0.0" y="0.0" width="5.0" height="16.0"' in strip

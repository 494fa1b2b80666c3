"""Languages, zones and values as people write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.support import Translations
from flask import Flask, render_template_string

from tests.views import look
from webapp.domain.wording import say, say_n
from webapp.views import formats, language

ENGLISH, FRENCH = Locale.parse("en_GB"), Locale.parse("fr_FR")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
MOMENT = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
NARROW, HARD = "\u202f", "\u00a0"  # the spaces of French numbers


def asked(app: Flask, accept: str = "") -> str:
    with app.test_request_context(headers={"Accept-Language": accept}):
        return language.current()


def shown(person: look.Person | None, template: str, **context: object) -> str:
    with look.make(person).test_request_context():
        return render_template_string(template, **context)


def test_the_persons_choice_comes_before_the_browsers() -> None:
    assert asked(look.make(replace(look.Person(), language="fr")), "en-GB") == "fr"


def test_without_a_choice_the_browser_is_believed() -> None:
    assert asked(look.make(), "fr-CA, en;q=0.5") == "fr"


@pytest.mark.parametrize("accept", ["", "tlh", "zz, *;q=0.1"])
def test_what_nobody_speaks_here_is_english(accept: str) -> None:
    assert asked(look.make(), accept) == "en"


def test_a_language_we_do_not_have_is_not_taken_from_a_person() -> None:
    assert asked(look.make(replace(look.Person(), language="xx")), "fr") == "fr"


def test_a_sentence_is_translated_before_it_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    french = Translations()
    french._catalog = {"%(who)s has %(n)s": "%(who)s a %(n)s"}
    monkeypatch.setattr(language, "catalogue", lambda _: french)
    person = replace(look.Person(), language="fr")
    sentence = say("%(who)s has %(n)s", who=say("Ana"), n=1240)
    assert shown(person, "{{ s|t }}", s=sentence) == f"Ana a 1{NARROW}240"


@pytest.mark.parametrize(("n", "words"), [(1, "1 person"), (1240, "1,240 people")])
def test_a_counted_sentence_has_its_plural(n: int, words: str) -> None:
    assert shown(None, "{{ s|t }}", s=say_n("%(n)s person", "%(n)s people", n)) == words


def test_what_people_wrote_is_escaped_in_a_sentence() -> None:
    text = shown(
        None, "{{ s|t }} {{ _('Hello %(who)s', who=w) }}", s=say("%(w)s", w="<b>"), w="<i>"
    )
    assert text == "&lt;b&gt; Hello &lt;i&gt;"


def test_a_time_is_in_the_viewers_zone_with_the_zone_printed() -> None:
    assert shown(look.Person(), "{{ m|when }}", m=MOMENT) == "Fri 27 Nov 2026, 22:00 São Paulo"
    assert shown(None, "{{ m|when }}", m=MOMENT) == "Sat 28 Nov 2026, 01:00 UTC"


def test_a_day_in_a_sentence_is_the_viewers_day() -> None:
    assert shown(look.Person(), "{{ s|t }}", s=say("on %(d)s", d=MOMENT)).startswith(
        "on Fri 27 Nov"
    )


@pytest.mark.parametrize(
    ("locale", "values"),
    [
        (ENGLISH, ["12,400", "31%", "31.4%", "US$61.90", "7 minutes", "3 hours ago", "Brazil"]),
        (
            FRENCH,
            [
                f"12{NARROW}400",
                f"31{HARD}%",
                f"31,4{HARD}%",
                f"61,90{HARD}$US",
                "7 minutes",
                "il y a 3 heures",
                "Brésil",
            ],
        ),
    ],
)
def test_values_are_written_as_the_language_writes_them(locale: Locale, values: list[str]) -> None:
    written = [
        formats.number(12400, locale),
        formats.percent(0.3141, locale),
        formats.percent(0.3141, locale, 1),
        formats.money(61_900_000, "USD", locale),
        formats.duration(430, locale),
        formats.ago(MOMENT - timedelta(hours=3), MOMENT, locale),
        formats.country_name("BR", locale),
    ]
    assert written == values


def test_what_is_not_there_is_a_dash() -> None:
    assert {
        formats.number(None, ENGLISH),
        formats.percent(None, ENGLISH),
        formats.money(None, "USD", ENGLISH),
        formats.when(None, ENGLISH, SAO_PAULO),
        formats.duration(None, ENGLISH),
        formats.country_name(None, ENGLISH),
    } == {formats.MISSING}


def test_less_than_a_minute_is_just_now() -> None:
    soon = MOMENT + timedelta(seconds=20)
    assert shown(None, "{{ m|ago(now) }}", m=MOMENT, now=soon) == "just now"


def test_a_date_without_a_time_is_that_date_everywhere() -> None:
    assert formats.day(date(2026, 11, 27), ENGLISH, SAO_PAULO) == "Fri 27 Nov 2026"

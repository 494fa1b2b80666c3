from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from webapp.domain import limits
from webapp.domain.broadcast import Kind
from webapp.domain.policy import rulebook
from webapp.domain.policy.rulebook import RulebookError
from webapp.domain.policy.verdict import Confidence, Route

BOOK = rulebook.load()
NOW = datetime(2026, 11, 22, tzinfo=UTC)
RULE = """
[[rule]]
id = "messenger.window.24h"
platform = "messenger"
kinds = ["standard"]
route = "window"
valid_from = 2020-03-04
sentence = "A Page may write for %(hours)s hours."
denies = { when = { window = "closed" }, until = "when_they_write" }
allows = { when = { window = "open" }, until = "window_end" }
params = { hours = 24 }
source = "https://example.org/policy"
checked_on = 2026-11-22
confidence = "high"
"""
CARD = """
[[card]]
id = "messenger.price.marketing"
platform = "messenger"
currency = "USD"
routes = ["sponsored"]
valid_from = 2025-07-01
rates = { other = [12_300] }
source = "https://example.org/prices"
checked_on = 2026-11-22
confidence = "low"
"""


def read(text: str) -> rulebook.Rulebook:
    return rulebook.read({"messenger.toml": text.encode()})


def test_a_rule_is_read_as_written() -> None:
    (rule,) = read(RULE).rules
    assert str(rule.sentence) == "A Page may write for 24 hours."
    assert (rule.route, rule.kinds) == (Route.WINDOW, frozenset({Kind.STANDARD}))


BROKEN = [
    ("valid_from = 2020-03-04", "valid_from = 2020-13-04", "valid_from"),  # no such month
    ("valid_from = 2020-03-04", 'valid_from = "2020-03-04"', "valid_from"),
    ("valid_from = 2020-03-04", "valid_from = 2020-03-04T00:00:00Z", "valid_from"),
    ("valid_from = 2020-03-04", "valid_from = 2020-03-04\nvalid_to = 2020-03-03", "valid_to"),
    ("checked_on = 2026-11-22", "", "checked_on"),
    ('route = "window"', 'route = "pigeon"', "route"),
    ('kinds = ["standard"]', 'kinds = ["newsletter"]', "kinds"),
    ('kinds = ["standard"]', "", "kinds"),
    ('kinds = ["standard"]', "kinds = 3", "kinds"),
    ('platform = "messenger"', 'platform = "telegram"', "platform"),
    ('source = "https://example.org/policy"', "", "source"),
    ('source = "https://example.org/policy"', 'source = ""', "source"),
    ('source = "https://example.org/policy"', 'source = "somebody said"', "source"),
    ('confidence = "high"', 'confidence = "sure"', "confidence"),
    ("params = { hours = 24 }", "", "sentence"),  # a value the sentence names is missing
    ("params = { hours = 24 }", "params = { hours = [24] }", "params"),
    ("params = { hours = 24 }", "params = 24", "params"),
    ('window = "closed"', 'window = "ajar"', "denies"),
    ('window = "closed"', 'mood = "good"', "denies"),
    ('window = "closed"', 'quiet = "yes"', "denies"),
    ('until = "window_end"', 'until = "tuesday"', "until"),
    ('route = "window"', 'route = "window"\nurgent = true', "urgent"),
    ('id = "messenger.window.24h"', 'id = "The Window"', "id"),
    ('id = "messenger.window.24h"', "", "id"),
    ("params", 'business_regions = { only = ["Atlantis"] }\nparams', "business_regions"),
    ("params", 'recipient_regions = { only = ["BR"] }\nparams', "recipient_regions"),
    ("params", 'recipient_regions = { beside = ["EU"] }\nparams', "recipient_regions"),
    ("params", "recipient_regions = { only = 'EU', except = 'UK' }\nparams", "recipient_regions"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "field"), BROKEN)
def test_a_mistake_is_refused_with_file_rule_and_field(right: str, wrong: str, field: str) -> None:
    assert right in RULE
    with pytest.raises(RulebookError) as caught:
        read(RULE.replace(right, wrong, 1))
    assert (caught.value.file, caught.value.field) == ("messenger.toml", field)
    if field != "id":
        assert caught.value.rule == "messenger.window.24h"
        assert "messenger.window.24h" in str(caught.value)


@pytest.mark.parametrize(
    ("right", "wrong", "field"),
    [
        ("rates = { other = [12_300] }", "rates = { other = [1, 2] }", "rates"),
        ("rates = { other = [12_300] }", "rates = { other = [0.0123] }", "rates"),
        ("rates = { other = [12_300] }", "", "rates"),
        ('routes = ["sponsored"]', 'routes = ["gold"]', "routes"),
    ],
)
def test_a_wrong_price_card_is_refused_by_field(right: str, wrong: str, field: str) -> None:
    with pytest.raises(RulebookError) as caught:
        read(RULE + CARD.replace(right, wrong, 1))
    assert (caught.value.rule, caught.value.field) == ("messenger.price.marketing", field)


def test_two_rows_of_one_rule_on_one_day_are_refused() -> None:
    with pytest.raises(RulebookError, match="2024-01-01 another row of this rule still holds"):
        read(RULE + RULE.replace("2020-03-04", "2024-01-01"))


def test_rows_of_one_rule_may_follow_each_other() -> None:
    ended = RULE.replace(
        "valid_from = 2020-03-04", "valid_from = 2016-11-14\nvalid_to = 2020-03-03"
    )
    assert len(read(RULE + ended).rules) == 2


def test_one_rule_may_say_two_things_about_two_kinds() -> None:
    utility = RULE.replace('"standard"', '"utility"').replace(
        'route = "window"', 'route = "utility"'
    )
    assert len(read(RULE + utility).rules) == 2


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ({}, "rule"),
        ({"a.toml": b"[[rules]]"}, "rules"),
        ({"a.toml": b"\xff"}, "?"),
        ({"a.toml": b"id = "}, "id"),
    ],
)
def test_a_file_that_is_no_rulebook_is_refused(files: dict[str, bytes], field: str) -> None:
    with pytest.raises(RulebookError) as caught:
        rulebook.read(files)
    assert caught.value.field == field


def test_the_version_follows_the_content_and_nothing_else() -> None:
    assert read(RULE).version == read("# a comment\n" + RULE).version
    assert read(RULE).version != read(RULE.replace("hours = 24", "hours = 23")).version
    assert BOOK.holding(NOW).version == BOOK.version


def test_what_changed_between_two_days_is_listed_with_before_and_after() -> None:
    changes = BOOK.changes(date(2025, 8, 31), date(2025, 9, 1))
    (spacing,) = [c for c in changes if c.rule_id == "messenger.subscription.spacing"]
    assert spacing.before is not None
    assert spacing.after is not None
    assert (spacing.before.params["hours"], spacing.after.params["hours"]) == (24, 48)
    (closed,) = [c for c in changes if c.rule_id == "messenger.subscription.new_clients"]
    assert (closed.before, closed.after is not None) == (None, True)
    assert BOOK.changes(date(2025, 9, 1), date(2025, 9, 1)) == ()


def test_a_rule_that_ends_is_a_change_on_the_day_after() -> None:
    changes = BOOK.changes(date(2024, 7, 1), date(2025, 6, 30))
    (end,) = [c for c in changes if c.rule_id == "messenger.sponsored.legacy"]
    assert (end.day, end.after) == (date(2024, 8, 1), None)


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("text", 2000, "characters"),
        ("button_text", 640, "characters"),
        ("buttons", 3, "items"),
        ("button_title", 20, "characters"),
        ("payload", 1000, "characters"),
        ("quick_replies", 13, "items"),
        ("quick_reply_title", 20, "characters"),
        ("card_title", 80, "characters"),
        ("card_subtitle", 80, "characters"),
        ("elements", 10, "items"),
        ("metadata", 999, "characters"),
        ("opt_in_title", 65, "characters"),
        ("rate_default", 40, "messages_per_second"),
        ("rate_text", 300, "messages_per_second"),
        ("rate_media", 10, "messages_per_second"),
    ],
)
def test_messengers_limits_are_in_the_book(name: str, value: int, unit: str) -> None:
    limit = BOOK.limits("messenger", NOW)[name]
    assert (limit.value, limit.unit) == (value, unit)
    assert limit.source.startswith("https://")


def test_a_kind_may_have_a_limit_of_its_own() -> None:
    early = datetime(2025, 8, 1, tzinfo=UTC)
    assert BOOK.limits("messenger", early, Kind.SPONSORED)["quick_replies"].value == 0
    assert BOOK.limits("messenger", early, Kind.STANDARD)["quick_replies"].value == 13


def test_message_checks_get_their_limits_from_the_book() -> None:
    assert BOOK.content_limits("messenger", NOW) == limits.MESSENGER_2026


@pytest.mark.parametrize(
    ("market", "day", "platform", "route", "micros"),
    [
        ("US", "2026-11-22", "messenger", Route.SPONSORED, 12_300),
        (None, "2026-11-22", "messenger", Route.SPONSORED, 12_300),
        ("US", "2019-06-01", "messenger", Route.SPONSORED, 8_090),
        ("US", "2024-09-01", "messenger", Route.SPONSORED, None),  # nothing was for sale
        ("US", "2026-11-22", "messenger", Route.WINDOW, None),  # free
        ("BR", "2026-10-01", "whatsapp", Route.SPONSORED, 62_500),
        ("BR", "2026-10-01", "whatsapp", Route.WINDOW, 6_800),
        ("US", "2026-10-01", "whatsapp", Route.UTILITY, 3_400),
        ("TH", "2026-10-01", "whatsapp", Route.SPONSORED, 84_200),
        ("FJ", "2026-10-01", "whatsapp", Route.SPONSORED, 60_400),  # no row: other
        (None, "2026-10-01", "whatsapp", Route.SPONSORED, 159_700),  # unknown: the dearest
        ("BR", "2026-09-30", "whatsapp", Route.SPONSORED, None),  # the card begins in October
    ],
)
def test_a_price_is_that_of_market_and_day(
    market: str | None, day: str, platform: str, route: Route, micros: int | None
) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    price = BOOK.price(market, at, route, platform)
    assert (price and price.micros) == micros


def test_messengers_planning_price_owns_up_to_being_a_guess() -> None:
    price = BOOK.price("US", NOW, Route.SPONSORED)
    assert price is not None
    assert (price.currency, price.confidence) == ("USD", Confidence.LOW)
    assert "no table" in price.note

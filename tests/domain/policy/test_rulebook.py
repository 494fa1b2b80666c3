from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from webapp.domain.broadcast import Kind
from webapp.domain.policy import rulebook
from webapp.domain.policy.rulebook import RulebookError
from webapp.domain.policy.verdict import Route

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
LIMIT = """
[[limit]]
id = "messenger.limit.text"
platform = "messenger"
name = "text"
value = 2000
unit = "characters"
valid_from = 2016-11-14
source = "https://example.org/limits"
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
    ('window = "closed"', 'region = "Atlantis"', "denies"),
    ('window = "closed"', 'template_category = "poetry"', "denies"),
    ('window = "closed"', "window = 1", "denies"),
    ('id = "messenger.window.24h"', 'id = "The Window"', "id"),
    ('id = "messenger.window.24h"', "", "id"),
    ("params", 'business_regions = { only = ["Atlantis"] }\nparams', "business_regions"),
    ("params", 'recipient_regions = { only = ["FJ"] }\nparams', "recipient_regions"),
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
        ('routes = ["sponsored"]', "routes = []", "routes"),
        ("rates =", 'markets = { FJ = "islands" }\nrates =', "markets"),
        ("rates =", 'markets = { Fiji = "other" }\nrates =', "markets"),
        ("rates =", "free = { when = { free_entry = true } }\nrates =", "free"),
        ("rates =", "free = [{ when = {} }]\nrates =", "free"),
        ("rates =", "free = [{ when = { mood = true } }]\nrates =", "when"),
        ("rates =", "free = [{ when = { ad_account = true } }]\nrates =", "when"),
        ("rates =", "free = [{ when = { quiet = true }, who = 1 }]\nrates =", "who"),
        ("rates =", 'free = [{ routes = ["gold"], when = { quiet = true } }]\nrates =', "routes"),
        ('source = "https://example.org/prices"', "", "source"),
    ],
)
def test_a_wrong_price_card_is_refused_by_field(right: str, wrong: str, field: str) -> None:
    with pytest.raises(RulebookError) as caught:
        read(RULE + CARD.replace(right, wrong, 1))
    assert (caught.value.rule, caught.value.field) == ("messenger.price.marketing", field)


def test_two_rows_of_one_rule_on_one_day_are_refused() -> None:
    with pytest.raises(RulebookError, match="2024-01-01 another row of this rule still holds"):
        read(RULE + RULE.replace("2020-03-04", "2024-01-01"))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ('id = "messenger.price.again"', "the card messenger.price.marketing still holds"),
        ('id = "messenger.price.marketing"', "another row of this rule still holds"),
    ],
)
def test_two_price_cards_of_one_route_on_one_day_are_refused(other: str, said: str) -> None:
    again = CARD.replace('id = "messenger.price.marketing"', other)
    again = again.replace("2025-07-01", "2026-01-01")
    with pytest.raises(RulebookError, match=f"on 2026-01-01 {said}") as caught:
        read(RULE + CARD + again)
    assert (caught.value.file, caught.value.field) == ("messenger.toml", "valid_from")


def test_two_price_cards_may_hold_for_two_routes_or_follow_each_other() -> None:
    utility = CARD.replace('["sponsored"]', '["utility"]').replace(
        "price.marketing", "price.utility"
    )
    later = CARD.replace("2025-07-01", "2026-10-01")
    ended = CARD.replace(
        "valid_from = 2025-07-01", "valid_from = 2025-07-01\nvalid_to = 2026-09-30"
    )
    assert len(read(RULE + ended + later + utility).cards) == 3


def test_two_limits_of_one_name_on_one_day_are_refused_unless_one_is_a_kinds_own() -> None:
    again = LIMIT.replace("messenger.limit.text", "messenger.limit.length")
    with pytest.raises(RulebookError, match=r"messenger\.limit\.text still sets this limit"):
        read(RULE + LIMIT + again)
    own = again.replace('name = "text"', 'kinds = ["utility"]\nname = "text"')
    assert len(read(RULE + LIMIT + own).bounds) == 2


def test_two_rules_that_say_the_opposite_of_the_same_people_are_refused() -> None:
    against = RULE.replace("messenger.window.24h", "messenger.window.shut").replace(
        'window = "closed"', 'window = "open"'
    )
    against = against.replace('allows = { when = { window = "open" }, until = "window_end" }\n', "")
    with pytest.raises(RulebookError, match="says the opposite of the same people") as caught:
        read(RULE + against)
    assert caught.value.rule == "messenger.window.shut"
    earlier = against.replace("2020-03-04", "2019-01-01\nvalid_to = 2020-03-03")
    assert len(read(RULE + earlier).rules) == 2


def test_a_gap_between_two_rows_is_allowed() -> None:
    ended = RULE.replace("2020-03-04", "2016-11-14\nvalid_to = 2018-01-01")
    assert len(read(RULE + ended).rules) == 2


def test_a_source_cannot_have_been_checked_in_the_future() -> None:
    files = {"messenger.toml": RULE.encode()}
    assert rulebook.read(files, date(2026, 11, 22)).version == read(RULE).version
    with pytest.raises(RulebookError, match="2026-11-22 is after today, 2026-11-21") as caught:
        rulebook.read(files, date(2026, 11, 21))
    assert (caught.value.rule, caught.value.field) == ("messenger.window.24h", "checked_on")


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
        ({"a.toml": b"[rule]"}, "rule"),
        ({"a.toml": b"rule = 3"}, "rule"),
        ({"a.toml": b"rule = [3]"}, "rule"),
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


def test_what_changed_around_the_end_of_topics_is_one_rule() -> None:
    (change,) = BOOK.changes(date(2026, 2, 9), date(2026, 2, 11))
    assert (change.day, change.rule_id) == (date(2026, 2, 10), "messenger.subscription.regions")
    assert change.before is None
    assert change.after is not None


def test_what_is_coming_in_2027_is_in_the_book() -> None:
    coming = {change.rule_id for change in BOOK.changes(date(2026, 12, 31), date(2027, 12, 31))}
    assert coming == {"whatsapp.accounts", "graph.v21", "graph.v22", "graph.v23"}


def test_the_book_begins_with_the_first_messaging_window() -> None:
    assert BOOK.first_day == date(2016, 11, 14)
    days = [BOOK.first_day_of(name) for name in ("messenger", "instagram", "whatsapp", "pigeon")]
    assert days == [date(2016, 11, 14), date(2021, 6, 2), date(2022, 2, 1), None]

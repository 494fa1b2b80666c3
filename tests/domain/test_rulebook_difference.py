"""What differs between two books is said rule by rule and field by field."""

from __future__ import annotations

from tests.rulebook_files import changed
from webapp.domain import rulebook_difference, rulebook_file
from webapp.services import rulebooks

FILES = rulebooks.packaged_files()
BOOK = rulebook_file.book_of(FILES)
RULE = b"""
[[rule]]
id = "brand.new"
platform = "any"
kinds = ["any"]
valid_from = 2026-11-14
sentence = "A new one."
denies = { when = { quiet = true } }
source = "brand settings"
checked_on = 2026-11-22
confidence = "high"
"""


def between(files: dict[str, bytes]) -> list[tuple[str, str]]:
    found = rulebook_difference.between(BOOK, rulebook_file.book_of(files))
    return [(it.id, it.becomes) for it in found]


def test_a_book_is_the_same_as_itself() -> None:
    assert between(dict(FILES)) == []


def test_a_changed_value_is_named_with_both() -> None:
    (found,) = rulebook_difference.between(BOOK, rulebook_file.book_of(changed(13)))
    assert (found.id, found.becomes) == ("messenger.sponsored.spacing", "changes")
    assert [(it.field, it.before, it.after) for it in found.points] == [
        ("params.hours", "12", "13")
    ]


def test_a_rule_that_is_new_begins_and_one_that_is_gone_ends() -> None:
    more = FILES | {"brand.toml": FILES["brand.toml"] + RULE}
    assert between(more) == [("brand.new", "begins")]
    back = rulebook_difference.between(rulebook_file.book_of(more), BOOK)
    assert [(it.id, it.becomes) for it in back] == [("brand.new", "ends")]


def test_one_more_row_of_a_rule_is_a_change_without_points() -> None:
    ended = RULE.replace(b"2026-11-14\n", b"2026-11-14\nvalid_to = 2026-11-20\n")
    one = rulebook_file.book_of(FILES | {"brand.toml": FILES["brand.toml"] + ended})
    later = RULE.replace(b"2026-11-14", b"2026-11-21")
    two = rulebook_file.book_of(FILES | {"brand.toml": FILES["brand.toml"] + ended + later})
    (found,) = rulebook_difference.between(one, two)
    assert (len(found.before), len(found.after), found.points) == (1, 2, ())


def test_cards_and_limits_are_compared_too() -> None:
    files = dict(FILES)
    files["prices.toml"] = files["prices.toml"].replace(b"12_300", b"12_301")
    files["limits.toml"] = files["limits.toml"].replace(b"value = 2000", b"value = 2001", 1)
    assert {noun for noun, _ in between(files)} == {
        "messenger.price.marketing", "messenger.limit.text",
    }  # fmt: skip

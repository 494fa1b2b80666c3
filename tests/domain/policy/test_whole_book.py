"""No row of the book without its line in a truth table, and no clause of it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.policy import (
    test_truth_everywhere,
    test_truth_instagram,
    test_truth_messenger,
    test_truth_whatsapp,
)
from tests.domain.policy.truth import BOOK, Case
from webapp.domain.policy.rulebook import Rule
from webapp.domain.policy.verdict import Stance

TABLES = (
    test_truth_everywhere,
    test_truth_instagram,
    test_truth_messenger,
    test_truth_whatsapp,
)
CASES: list[Case] = [case for table in TABLES for case in table.TRUTH]
TOLD = [(it.rule, date.fromisoformat(it.first)) for table in TABLES for it in table.INFORMS]


def named(row: Rule) -> str:
    return f"{row.id}-{row.valid_from}"


def stances(row: Rule) -> set[Stance]:
    """What the row can say: one of them for each clause, and both for its regions."""
    regional = not (row.business_regions.everywhere and row.recipient_regions.everywhere)
    found = {Stance.DENIES, Stance.ALLOWS} if regional else set()
    clauses = ((row.denies, Stance.DENIES), (row.holds, Stance.HOLDS), (row.allows, Stance.ALLOWS))
    return found | {stance for clause, stance in clauses if clause is not None}


@pytest.mark.parametrize("row", [row for row in BOOK.rules if row.kinds], ids=named)
def test_every_clause_of_a_rule_is_a_line_of_a_truth_table(row: Rule) -> None:
    assert row.decides
    met = {case.stance for case in CASES if case.row is row}
    assert stances(row) <= met


@pytest.mark.parametrize("row", [row for row in BOOK.rules if not row.kinds], ids=named)
def test_every_row_that_only_tells_is_a_line_of_a_table(row: Rule) -> None:
    assert TOLD.count((row.id, row.valid_from)) == 1


def test_the_tables_have_no_line_that_the_book_has_not() -> None:
    assert {case.row for case in CASES} == {row for row in BOOK.rules if row.kinds}
    assert len(TOLD) == len([row for row in BOOK.rules if not row.kinds])


@pytest.mark.parametrize("row", BOOK.rules, ids=named)
def test_every_row_says_a_sentence_and_where_it_is_from(row: Rule) -> None:
    assert str(row.sentence)[0].isupper() or str(row.sentence)[0].isdigit()
    assert str(row.sentence).endswith(".")
    assert row.source.startswith("https://") or row.source == "brand settings"
    assert row.checked_on <= date(2026, 11, 22)

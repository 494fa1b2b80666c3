"""What a book decides, as a value: equal where everything is decided alike, and only there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests import small_book
from tests.domain.policy.test_engine import questions
from tests.domain.policy.test_situation import any_situation
from webapp.domain import ruling, ruling_difference
from webapp.domain.broadcast import Kind
from webapp.domain.policy import engine, rulebook
from webapp.domain.policy.engine import Question
from webapp.domain.policy.situation import Situation
from webapp.domain.ruling import Outcome

BOOK = rulebook.load()
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
STANDARD = Question("messenger", Kind.STANDARD, NOW, "AU")
WINDOW = small_book.of(small_book.window())


@given(any_situation, questions)
def test_a_ruling_says_of_every_situation_what_the_engine_does(
    situation: Situation, question: Question
) -> None:
    decided = engine.decide(situation, ruling.granted(question, question.at), BOOK)
    expected = Outcome(decided.route.value, decided.price_micros, decided.reason.rule_id)
    assert ruling.rule_on(question, BOOK).of(situation) == expected


@given(questions)
def test_it_comes_back_from_its_row_as_it_was(question: Question) -> None:
    made = ruling.rule_on(question, BOOK, timedelta(hours=12))
    kept = ruling.from_json(json.loads(json.dumps(made.to_json())))
    assert kept == made
    assert kept is not None
    assert (kept.fingerprint, kept.digest) == (made.fingerprint, made.digest)


@given(questions, questions)
def test_equal_fingerprints_mean_that_everybody_fares_alike(one: Question, other: Question) -> None:
    first, second = ruling.rule_on(one, BOOK), ruling.rule_on(other, BOOK)
    situations = [Situation.of(code) for code in range(0, 30_000, 97)]
    alike = all(
        (a := first.of(it)) and (b := second.of(it)) and a.sent == b.sent for it in situations
    )
    assert alike or first.fingerprint != second.fingerprint


def test_a_rule_said_twice_or_in_other_words_decides_alike() -> None:
    twice = small_book.of(small_book.window(), small_book.window().replace("24h", "same"))
    words = small_book.of(small_book.window(sentence="Only in the window."))
    names = {ruling.rule_on(STANDARD, book).fingerprint for book in (WINDOW, twice, words)}
    assert len(names) == 1


def test_a_rule_that_touches_one_region_decides_otherwise() -> None:
    other = small_book.of(small_book.window(), small_book.not_in_europe())
    before, after = ruling.rule_on(STANDARD, WINDOW), ruling.rule_on(STANDARD, other)
    assert before.fingerprint != after.fingerprint


def test_it_is_of_the_day_and_not_of_the_moment() -> None:
    later = small_book.of(small_book.window(), small_book.not_in_europe(date(2026, 11, 23)))
    one, same, next_day = (
        ruling.rule_on(replace(STANDARD, at=NOW + timedelta(hours=hours)), later).digest
        for hours in (0, 3, 4)
    )
    assert one == same != next_day


def test_facts_of_the_moment_are_taken_as_granted() -> None:
    stopped = replace(STANDARD, channel_suspended=True, has_ad_account=True)
    assert ruling.rule_on(stopped, BOOK) is ruling.rule_on(STANDARD, BOOK)


def test_the_spacing_of_tokens_is_part_of_it() -> None:
    names = {
        ruling.rule_on(STANDARD, BOOK, timedelta(hours=hours)).fingerprint for hours in (24, 48)
    }
    assert len(names) == 2


def test_facets_nobody_knows_any_more_leave_nothing_to_compare() -> None:
    kept = ruling.rule_on(STANDARD, BOOK).to_json()
    kept["classes"][0][0] = "mood"
    assert ruling.from_json(kept) is None
    assert ruling.from_json(None) is None


@given(st.dictionaries(st.integers(0, 30_000), st.integers(1, 50), max_size=20))
def test_between_a_ruling_and_itself_there_is_no_difference(people: dict[int, int]) -> None:
    same = ruling.rule_on(STANDARD, BOOK)
    found = ruling_difference.between(
        same,
        lambda code: engine.decide(Situation.of(code), ruling.granted(STANDARD, NOW), BOOK),
        {(code, code): n for code, n in people.items()},
    )
    assert found.people == 0
    assert (found.reached_before, found.cost_before) == (found.reached_after, found.cost_after)

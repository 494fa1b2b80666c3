"""One row of the table of answers: what a code of the platform means, with its source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from webapp.domain.retry import PersonEffect, WaitScope
from webapp.domain.wording import Sentence

PASSING = frozenset(
    {PersonEffect.CLOSE_WINDOW, PersonEffect.UNAVAILABLE, PersonEffect.NEXT_ELIGIBLE}
)
Codes = tuple[int, int | None]  # code and subcode


class Meaning(Enum):
    LATER = "later"
    PERSON = "person"
    STOP = "stop"
    CONTENT = "content"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Row:
    """`%(message)s` in a sentence is the platform's own text, for rows where it says what to do."""

    meaning: Meaning
    source: str
    sentence: Sentence
    effect: PersonEffect = PersonEffect.NONE
    wait_seconds: float | None = None
    scope: WaitScope = WaitScope.CHANNEL
    passes: bool = False  # another try may succeed later: time, or a person, mends it


def later(
    source: str,
    sentence: Sentence,
    wait_seconds: float | None = None,
    scope: WaitScope = WaitScope.CHANNEL,
) -> Row:
    return Row(Meaning.LATER, source, sentence, wait_seconds=wait_seconds, scope=scope)


def person(source: str, sentence: Sentence, effect: PersonEffect = PersonEffect.NONE) -> Row:
    return Row(Meaning.PERSON, source, sentence, effect, passes=effect in PASSING)


def stop(source: str, sentence: Sentence) -> Row:
    return Row(Meaning.STOP, source, sentence)


def content(source: str, sentence: Sentence) -> Row:
    return Row(Meaning.CONTENT, source, sentence)


def passing(row: Row) -> Row:
    return replace(row, passes=True)


def ambiguous(source: str, sentence: Sentence) -> Row:
    return Row(Meaning.AMBIGUOUS, source, sentence)

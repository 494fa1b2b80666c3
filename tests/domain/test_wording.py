"""The English of a sentence, as API and command line say it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from webapp.domain import wording


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (datetime(2026, 11, 27, 9, 5, tzinfo=UTC), "Fri 27 Nov 2026, 09:05 UTC"),
        (date(2026, 11, 27), "2026-11-27"),
        (1_240, "1,240"),
        (True, "True"),
        ("1240", "1240"),
    ],
)
def test_a_value_reads_like_english(value: object, words: str) -> None:
    assert wording.english(value) == words
    assert str(wording.say("%(it)s.", it=value)) == f"{words}."

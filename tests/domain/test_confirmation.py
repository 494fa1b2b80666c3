"""What a confirmation says, in which language, and what it may not leave out."""

from __future__ import annotations

import pytest

from webapp.domain import confirmation, keyword
from webapp.domain.keyword import Keyword

EVERY = [(kind, language) for kind in Keyword for language in keyword.LANGUAGES]


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_language_that_is_heard_is_answered(kind: Keyword, language: str) -> None:
    text = confirmation.TEXTS[kind][language]
    assert confirmation.refusal(kind, text, {}) is None
    assert keyword.keyword(text) is None  # an echo of it is no wish


def test_a_wording_that_hides_the_way_back_is_refused() -> None:
    assert confirmation.refusal(Keyword.STOP, "You are out. STOP is final.", {}) is not None
    assert confirmation.refusal(Keyword.START, "Welcome back!", {}) is not None
    own = {keyword.folded("come back"): Keyword.START}
    assert confirmation.refusal(Keyword.STOP, "Out. Write come back if you like.", own) is None
    assert confirmation.refusal(Keyword.STOP, "start " * 100, {}) is not None


@pytest.mark.parametrize(
    "mark", [None, "", "fl:7", "fl-reply:", "fl-reply:x", "fl-reply:٣", "fl-reply:" + "9" * 19]
)
def test_only_our_own_marks_name_a_reply(mark: str | None) -> None:
    assert confirmation.mark_in(mark) is None
    assert confirmation.mark_in(confirmation.mark_of(7, 12)) == (7, 12)

"""Both databases fold case as Python does."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import literal, select
from sqlmodel import Session

from webapp import db as database
from webapp.store import texts


@pytest.fixture
def session(db: database.Database) -> Iterator[Session]:
    with Session(db.engine) as opened:
        yield opened


def test_every_letter_folds_as_in_python(session: Session) -> None:
    every = [chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    changing = [char for char in every if char.casefold() != char]
    for text in ("|".join(changing), "|".join(every[:5000]), "".join(every[-5000:])):
        assert session.scalar(select(texts.fold(literal(text)))) == text.casefold()


@pytest.mark.parametrize("text", ["", "Straße", "İstanbul", "ΣΊΣΥΦΟΣ", "Đặng", "ﬁn", "MAIA", "ไทย"])
def test_words_fold_as_in_python(session: Session, text: str) -> None:
    assert session.scalar(select(texts.fold(literal(text)))) == text.casefold()


@pytest.mark.parametrize(
    ("text", "part", "found"),
    [
        ("Recife", "CIF", True),
        ("100%", "0%", True),
        ("100 percent", "0%", False),
        ("a_b", "a-", False),
    ],
)
def test_wildcards_are_plain_letters(
    session: Session, text: str, part: str, *, found: bool
) -> None:
    assert session.scalar(select(texts.contains(literal(text), part))) is found


def test_a_beginning_is_found_at_the_beginning_only(session: Session) -> None:
    assert session.scalar(select(texts.starts_with(literal("São Paulo"), "SÃO"))) is True
    assert session.scalar(select(texts.starts_with(literal("São Paulo"), "PAULO"))) is False
    assert session.scalar(select(texts.starts_with(literal(None), "a"))) is None

"""No word for people stands in a template untranslated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.views import look

ROOT = look.ROOT / "templates"
TEMPLATES = sorted(p for p in ROOT.rglob("*.html") if "style" not in p.parts)
SPOKEN = re.compile(r'\s(?:aria-label|alt|title|placeholder|label|data-label)="([^"]*)"')
TAGS = re.compile(r"<!--.*?-->|<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
KEYS = re.compile(r"<kbd>[^<]*</kbd>")
NO_WORDS = re.compile(
    r'&\w+;|\b(?:Fanlight|UTC|Messenger|Instagram|WhatsApp)\b|[\w-]+="[^"]*"?'
)  # and attributes that macros make


def loose_words(source: str) -> list[str]:
    """Letters outside of tags and expressions, and in attributes that are read out."""
    tokens = list(Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(source))
    text, translating = "", False
    for index, (_, kind, value) in enumerate(tokens):
        if kind == "name" and tokens[index - 2][1] == "block_begin":
            translating = value == "trans" or (translating and value == "pluralize")
        if kind == "data":
            text += "" if translating else value
        elif kind == "variable_begin":
            text += "\x00"
    attributes = [word for words in SPOKEN.findall(text) for word in words.split("\x00")]
    between = TAGS.sub("\n", KEYS.sub("", text)).replace("\x00", "\n").splitlines()
    found = (NO_WORDS.sub("", words).strip() for words in attributes + between)
    return [words for words in found if re.search(r"[^\W\d_]{2}", words)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_word_of_a_template_is_translated(path: Path) -> None:
    assert loose_words(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>{{ _('Hello') }} 12 &middot; Fanlight</p>", []),
        ("<p>Hello</p>", ["Hello"]),
        ("{% if x %}<b>Hello</b>{% endif %}", ["Hello"]),
        ("{% trans n=n %}one person{% pluralize %}{{ n }} people{% endtrans %}", []),
        ("{% trans %}one{% endtrans %} two", ["two"]),
        ('<input aria-label="Match" placeholder="{{ x }} of">', ["Match", "of"]),
        ('<a {% if x %}title="Why"{% endif %} href="/b">{{ x }}</a>', ["Why"]),
    ],
)
def test_a_loose_word_is_found(source: str, found: list[str]) -> None:
    assert sorted(loose_words(source)) == sorted(found)

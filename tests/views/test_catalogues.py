"""Every sentence of the product is said in every language, with the same values in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.views import look
from webapp.views import language

EXTRACT = "-q extract -F babel.cfg --ignore-dirs .* -k say:1 -k say_n:1,2"
REMARK = re.compile(r"\{#.*?#\}", re.DOTALL)
VALUE = re.compile(r"%\(\w+\)s")
LANGUAGES = sorted(set(language.LOCALES) - {"en"})


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All messages of templates, code and rulebook, as they stand now."""
    pot = tmp_path_factory.mktemp("words") / "messages.pot"
    pybabel = [sys.executable, "-m", "babel.messages.frontend"]
    subprocess.run([*pybabel, *EXTRACT.split(), "-o", pot, "."], cwd=look.ROOT, check=True)
    with pot.open("rb") as source:
        return read_po(source)


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_left_untranslated(said: Catalog, code: str) -> None:
    known = spoken(code)
    missing = [m.id for m in said if m.id and not translated(known.get(m.id, m.context))]
    assert missing == []


def test_every_template_that_says_something_is_read(said: Catalog) -> None:
    known = {place for message in said for place, _ in message.locations}
    says = re.compile(r"\b(_|n?gettext|pgettext)\(")
    paths = sorted((look.ROOT / "templates").rglob("*.html"))
    speaking = [path for path in paths if says.search(REMARK.sub("", path.read_text()))]
    assert [path for path in speaking if path.relative_to(look.ROOT).as_posix() not in known] == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_translation_has_the_values_of_its_sentence(code: str) -> None:
    wrong = [
        m.id for m in spoken(code) if m.id and translated(m) and values(m.id) != values(m.string)
    ]
    assert wrong == []


def test_no_line_of_french_begins_with_its_punctuation() -> None:
    """A colon and quotation marks keep a space that does not break, the others a narrow one."""
    breaking = re.compile(r"[ \u202f][:»](?!\w)|«[ \u202f]|[ \u00a0]([;!?]|%(?!\())")
    texts = [text for m in spoken("fr") if m.id for text in forms(m.string)]
    assert [text for text in texts if breaking.search(text)] == []


def spoken(code: str) -> Catalog:
    path: Path = language.CATALOGUES / code / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return Catalog()
    with path.open("rb") as source:
        return read_po(source, locale=code)


def translated(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def values(texts: object) -> set[str]:
    """The values named in any of the forms: a singular may leave the number out."""
    return {value for form in forms(texts) for value in VALUE.findall(form)}


def forms(texts: object) -> list[str]:
    return [str(form) for form in (texts if isinstance(texts, list | tuple) else [texts])]

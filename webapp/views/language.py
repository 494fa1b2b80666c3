"""Which language, which zone; and how a sentence is said in it.

The viewer's choice comes first, then what the browser accepts, then English. Catalogues are
the `.po` files themselves, read once per process: nothing compiled lies around to grow stale.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, current_app, g, has_request_context, request
from jinja2 import pass_context
from jinja2.runtime import Context

from webapp.domain.figures import Money, Month, Percent, Times, Zone
from webapp.domain.wording import Sentence, english
from webapp.views import formats

# How each language is written for people: English with day before month and 24 hours.
LOCALES = {"en": "en_GB", "fr": "fr_FR"}
NAMES = {"en": "English", "fr": "Français"}
CATALOGUES = Path(__file__).parent.parent / "translations"


class Viewer(Protocol):
    @property
    def language(self) -> str | None: ...
    @property
    def timezone(self) -> str | None: ...


def install(app: Flask, viewer: Callable[[], Viewer | None]) -> None:
    """`viewer()` is who looks at this request, or None."""
    app.extensions["fanlight_viewer"] = viewer
    env = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined]
    env.globals["ngettext"] = _grouped(env.globals["ngettext"])
    env.filters["t"] = translate
    env.globals.update(language=current, zone_name=lambda: zone().key, languages=NAMES)
    formats.install(env, locale, zone, lambda: gettext("just now"))


def _grouped(counting: Any) -> Callable[..., str]:
    """Jinja's `ngettext`, whose `%(num)s` is written as people of the language write numbers."""

    @pass_context
    def said(context: Context, one: str, many: str, count: int, /, **values: object) -> str:
        values.setdefault("num", formats.number(count, locale()))
        return cast("str", counting(context, one, many, count, **values))

    return said


def current() -> str:
    """The language code of this request: `en`, `fr`."""
    if not has_request_context():
        return "en"
    if "language" not in g:
        wished = _viewer()
        g.language = wished.language if wished and wished.language in LOCALES else _accepted()
    return cast("str", g.language)


def locale() -> Locale:
    return _parsed(LOCALES[current()])


def zone() -> ZoneInfo:
    """The viewer's time zone; UTC for who has none."""
    known = _viewer() if has_request_context() else None
    return ZoneInfo((known and known.timezone) or "UTC")


def ask_nobody() -> None:
    """For pages about a failure that asking who is signed in may have caused."""
    g.viewer = None


def gettext(message: str) -> str:
    return catalogue(current()).ugettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    return catalogue(current()).ungettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """A word that other languages say in another way of other things: `context` says of what."""
    return catalogue(current()).upgettext(context, message)


def translate(sentence: Sentence | str) -> str:
    """A sentence in the viewer's language. Its ints are counts and get the language's grouping;
    what is no count (an id, a year, a line) is handed over as a string."""
    if isinstance(sentence, str):
        return sentence
    if sentence.plural is None or sentence.n is None:
        text = gettext(sentence.text)
    else:
        text = ngettext(sentence.text, sentence.plural, sentence.n)
    params = {name: _value(value) for name, value in sentence.params.items()}
    return text % params if params else text


def say_in(code: str, sentence: Sentence) -> str:
    """In a language of somebody who looks at no page: for e-mails."""
    words = catalogue(code)
    if sentence.plural is None or sentence.n is None:
        text = words.ugettext(sentence.text)
    else:
        text = words.ungettext(sentence.text, sentence.plural, sentence.n)
    params = {name: _value_in(code, value) for name, value in sentence.params.items()}
    return text % params if params else text


def _value_in(code: str, value: object) -> object:
    if isinstance(value, Sentence):
        return say_in(code, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return formats.number(value, _parsed(LOCALES.get(code, LOCALES["en"])))
    return english(value)


@cache
def _parsed(identifier: str) -> Locale:
    return Locale.parse(identifier)


@cache
def catalogue(language: str) -> Translations:
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return Translations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def _viewer() -> Viewer | None:
    """Asked for at the first word of a page, so that files and webhooks ask nobody."""
    if "viewer" not in g:
        g.viewer = current_app.extensions["fanlight_viewer"]()
    return cast("Viewer | None", g.viewer)


def _accepted() -> str:
    """The first language the browser asks for that is spoken here; `fr-CA` is French."""
    for wished in request.accept_languages.values():
        primary = wished.partition("-")[0].lower()
        if primary in LOCALES:
            return primary
    return "en"


def _value(value: object) -> object:
    if isinstance(value, Sentence):
        return translate(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return formats.number(value, locale())
    if isinstance(value, datetime):
        return formats.when(value, locale(), zone())
    if isinstance(value, date):
        return formats.day(value, locale(), zone())
    return _figure(value)


def _figure(value: object) -> object:
    if isinstance(value, Money):
        return formats.money(value.micros, value.currency, locale())
    if isinstance(value, Percent):
        return formats.percent(value.fraction, locale(), value.digits)
    if isinstance(value, Zone):
        return formats.zone_city(value.key, locale())
    if isinstance(value, Times):
        return formats.number(round(value.ratio, 1), locale())
    return formats.month(value.first, locale()) if isinstance(value, Month) else value

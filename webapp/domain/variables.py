"""Variables in a message: `{{first_name|there}}` is the first name, or "there" without one.

Parsing never fails: what is not a variable is text. A value is put in once and never read again
as a template, so a person named `{{x}}` is harmless.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from webapp.domain.subscriber import AttributeValue, Facts
from webapp.domain.wording import Sentence, say

FIELDS = ("first_name", "last_name", "full_name", "city", "country", "locale")
ATTRIBUTE = "attr."  # prefix of a brand's own attributes

_VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")
_STRAY = re.compile(r"\{\{|\}\}")


@dataclass(frozen=True)
class Variable:
    name: str
    fallback: str | None


def parts(template: str) -> list[str | Variable]:
    """The template in order: text as it stands, and variables."""
    found: list[str | Variable] = []
    end = 0
    for match in _VARIABLE.finditer(template):
        found += [template[end : match.start()], _variable(match[1])]
        end = match.end()
    return [part for part in [*found, template[end:]] if part != ""]


def variables(template: str) -> list[Variable]:
    return [part for part in parts(template) if isinstance(part, Variable)]


def filled(template: str, facts: Facts, encode: Callable[[str], str] = lambda value: value) -> str:
    """The template for one person; `encode` makes values fit their place, such as an address."""
    return "".join(
        part if isinstance(part, str) else encode(value_of(facts, part.name) or part.fallback or "")
        for part in parts(template)
    )


def longest(template: str, lengths: Mapping[str, int]) -> str:
    """The template at its longest; `lengths` has the longest stored value by variable name."""
    return "".join(
        part
        if isinstance(part, str)
        else (part.fallback or "").ljust(lengths.get(part.name, 0), "x")
        for part in parts(template)
    )


def encoded(value: str) -> str:
    """A value made safe inside an address."""
    return quote(value, safe="")


def value_of(facts: Facts, name: str) -> str | None:
    """The person's value as text, or None when it is unknown or blank."""
    if name.startswith(ATTRIBUTE):
        value = facts.attributes.get(name.removeprefix(ATTRIBUTE))
        return None if value is None else _spelled(value).strip() or None
    known: str | None = getattr(facts, name) if name in FIELDS else None
    return (known or "").strip() or None


def problems(template: str, attributes: Collection[str] | None = None) -> list[Sentence]:
    """What must be mended before sending; without `attributes` any attribute name passes."""
    found = [
        problem
        for variable in variables(template)
        for problem in (_unknown(variable, attributes) or _without_fallback(variable),)
        if problem
    ]
    if any(_STRAY.search(part) for part in parts(template) if isinstance(part, str)):
        found.append(say("Close every variable with two braces, like {{first_name|there}}."))
    return found


def _variable(inside: str) -> Variable:
    name, bar, fallback = inside.partition("|")
    return Variable(name.strip(), fallback.strip() if bar else None)


def _unknown(variable: Variable, attributes: Collection[str] | None) -> Sentence | None:
    own = None if attributes is None else [ATTRIBUTE + name for name in attributes]
    if variable.name in FIELDS or (own is not None and variable.name in own):
        return None
    if own is None and len(variable.name) > len(ATTRIBUTE) and variable.name.startswith(ATTRIBUTE):
        return None
    return say(
        "There is no variable {{%(name)s}}; the nearest is {{%(nearest)s}}.",
        name=variable.name,
        nearest=_nearest(variable.name, [*FIELDS, *(own or ())]),
    )


def _nearest(name: str, known: list[str]) -> str:
    wanted = name.casefold().replace(" ", "_").replace("-", "_")
    return difflib.get_close_matches(wanted, known, n=1, cutoff=0)[0]


def _without_fallback(variable: Variable) -> Sentence | None:
    if variable.fallback:
        return None
    return say(
        "Give {{%(name)s}} a fallback for people without one, like {{%(name)s|there}}.",
        name=variable.name,
    )


def _spelled(value: AttributeValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")  # stored with six decimals
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return str(value)

"""A message is one platform post: its shape, what is wrong with it, and its form for one person."""

from __future__ import annotations

from webapp.domain import content as contents
from webapp.domain import fingerprint as fingerprints
from webapp.domain import variables
from webapp.domain.content import (
    Button,
    Content,
    PostbackButton,
    QuickReply,
    Shape,
    UrlButton,
    shape,
)
from webapp.domain.content_check import Count, Problems, counts, overflows, problems
from webapp.domain.limits import MESSENGER_2026, Limits, Unit
from webapp.domain.subscriber import Facts
from webapp.domain.variables import Variable

__all__ = [
    "MESSENGER_2026",
    "Button",
    "Content",
    "Count",
    "Limits",
    "PostbackButton",
    "Problems",
    "QuickReply",
    "Shape",
    "Unit",
    "UrlButton",
    "counts",
    "fingerprint",
    "overflows",
    "problems",
    "render",
    "shape",
    "unfilled",
    "uses_fallback",
    "variables_of",
]


def fingerprint(content: Content) -> str:
    return fingerprints.of(content.to_json())


def render(content: Content, facts: Facts) -> Content:
    """The message as this person receives it; preview and send both come through here."""
    return contents.mapped(
        content,
        text=lambda template: variables.filled(template, facts),
        address=lambda template: variables.filled(template, facts, encode=variables.encoded),
    )


def variables_of(content: Content) -> list[Variable]:
    """Every variable once, in reading order."""
    return list(
        dict.fromkeys(
            variable
            for _, template in contents.templates(content)
            for variable in variables.variables(template)
        )
    )


def uses_fallback(content: Content, facts: Facts) -> bool:
    """Whether this person sees at least one fallback instead of a value of their own."""
    return any(variables.value_of(facts, v.name) is None for v in variables_of(content))


def unfilled(rendered: Content) -> bool:
    """Whether a place of its template is empty for this person: the platform would refuse it."""
    used = rendered.template
    return used is not None and not all(used.value(slot) for slot in used.slots)

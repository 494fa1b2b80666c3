"""Figures inside sentences are written as the viewer's language writes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask import render_template_string

from tests.views import look
from webapp.domain import figures
from webapp.domain.wording import say

HARD, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("figure", "french"),
    [
        (figures.Money(1_204_500_000, "EUR"), f"1{NARROW}204,50{HARD}€"),
        (figures.Percent(0.125, 1), f"12,5{HARD}%"),
        (figures.Times(3.14), "3,1"),
        (figures.Month(date(2026, 3, 1)), "mars 2026"),
    ],
)
def test_a_figure_is_written_in_french_for_the_french(figure: object, french: str) -> None:
    person = replace(look.Person(), language="fr")
    with look.make(person).test_request_context():
        shown = render_template_string("{{ s|t }}", s=say("%(figure)s", figure=figure))
    assert shown == french

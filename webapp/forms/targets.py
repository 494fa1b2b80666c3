"""The targets of a year's months, as one form: fields `reach-2026-01`, `budget-2026-01`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from webapp.domain import plan
from webapp.domain.errors import Invalid
from webapp.domain.figures import MICROS
from webapp.domain.wording import Sentence, say

MOST = 2_000_000_000  # messages, or units of a currency
Aims = dict[tuple[date, str], int | None]


def field(month: date, measure: str) -> str:
    return f"{measure}-{month:%Y-%m}"


def read(posted: Mapping[str, str], year: int) -> Aims:
    """Every field that was sent; an empty one takes the target away. Raises Invalid by field."""
    aims: Aims = {}
    errors: dict[str, list[Sentence]] = {}
    for month in plan.months(year):
        for measure in ("reach", "budget"):
            name = field(month, measure)
            if name not in posted:
                continue
            try:
                aims[month, measure] = _value(posted[name].strip(), measure)
            except (InvalidOperation, ValueError, OverflowError):
                errors[name] = [say("Write a number from 0 to %(most)s.", most=MOST)]
    if errors:
        raise Invalid(errors)
    return aims


def _value(text: str, measure: str) -> int | None:
    """People, or micros of the currency."""
    if not text:
        return None
    number = Decimal(text)
    if not number.is_finite() or not 0 <= number <= MOST:
        raise ValueError(text)
    if measure == "budget":
        return int(number * MICROS)
    if number != int(number):
        raise ValueError(text)
    return int(number)

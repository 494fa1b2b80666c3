"""How a chart looks and speaks: theme, size, and numbers as the reader's language writes them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from babel import Locale, numbers

from webapp.charts import tokens
from webapp.charts.tokens import Theme

Size = Literal["wide", "narrow"]
WIDTHS = {"wide": 820, "narrow": 360}  # px; narrow is for phones, at the same size of letters
HEIGHT = 260
MICROS = 1_000_000
SMALL = 1_000  # from here on a number is shortened where it has little room


@dataclass(frozen=True)
class Style:
    """`locale` as Babel names it. `width` is in px, which are also the points of letters."""

    theme: Theme = "light"
    width: int = WIDTHS["wide"]
    height: int = HEIGHT
    locale: str = "en_GB"

    @property
    def narrow(self) -> bool:
        return self.width < 560  # noqa: PLR2004 - between a phone and a column

    def colour(self, name: str) -> str:
        return tokens.colour(name, self.theme)

    def number(self, n: int) -> str:
        return numbers.format_decimal(n, locale=self.locale)

    def compact(self, n: float) -> str:
        """820, 8.2K, 132K."""
        digits = 1 if SMALL <= abs(n) < 100 * SMALL else 0
        if abs(n) < SMALL:
            return numbers.format_decimal(round(n), locale=self.locale)
        return numbers.format_compact_decimal(n, locale=self.locale, fraction_digits=digits)

    def percent(self, fraction: float) -> str:
        digits = 1 if 0 < fraction < 0.1 else 0  # noqa: PLR2004 - 4.2%, but 42%
        return numbers.format_percent(
            round(fraction, 2 + digits), locale=self.locale, decimal_quantization=False
        )

    def money(self, micros: float, currency: str) -> str:
        """In whole units, shortened: $1.2K."""
        units = Decimal(micros) / MICROS
        if abs(units) < SMALL:
            pattern = Locale.parse(self.locale).currency_formats["standard"].pattern
            return numbers.format_currency(
                units,
                currency,
                pattern.replace(".00", ""),
                locale=self.locale,
                currency_digits=False,
            )
        return numbers.format_compact_currency(
            units, currency, locale=self.locale, fraction_digits=1
        )


def of(theme: str, size: str, locale: str, height: int = HEIGHT) -> Style:
    """From the names in a chart's address; anything unknown is light and wide."""
    return Style(
        "dark" if theme == "dark" else "light", WIDTHS.get(size, WIDTHS["wide"]), height, locale
    )

"""Values inside sentences that a language writes in its own way; `str()` is the English one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MICROS = 1_000_000  # of a currency's unit
CENT = 10_000  # micros
_MONTHS = "January February March April May June July August September October November December"


@dataclass(frozen=True)
class Money:
    micros: int
    currency: str  # ISO 4217

    def __str__(self) -> str:
        return f"{self.currency} {self.micros / MICROS:,.{decimals(self.micros)}f}"


def decimals(micros: int) -> int:
    """Two; less than a cent is written with as many as it takes to be read as something."""
    if not micros or abs(micros) >= CENT:
        return 2
    return next(n for n in range(3, 7) if micros % 10 ** (6 - n) == 0)


@dataclass(frozen=True)
class Percent:
    """A share; 0.125 is 12.5%."""

    fraction: float
    digits: int = 0

    def __str__(self) -> str:
        return f"{self.fraction * 100:.{self.digits}f}%"


@dataclass(frozen=True)
class Times:
    """A ratio, such as 3.1."""

    ratio: float

    def __str__(self) -> str:
        return f"{self.ratio:.1f}"


@dataclass(frozen=True)
class Zone:
    """A time zone by its key; people read the name of its city."""

    key: str

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True)
class Month:
    """A month of a year, by its first day."""

    first: date

    def __str__(self) -> str:
        return f"{_MONTHS.split()[self.first.month - 1]} {self.first.year}"

"""Values as people of a language write them: the filters of the templates.

Everything comes in as it is stored (aware UTC datetimes, whole micros of a currency, fractions of
one) and goes out as text; a time always prints its zone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists, numbers
from jinja2 import Environment

from webapp.domain.figures import decimals

MICROS = 1_000_000  # of a currency's unit, as the ledger stores money
CENTS = 2  # decimals
MISSING = "\u2013"  # an en dash
# What CLDR's English leaves bare of its accents.
CITIES = {"America/Sao_Paulo": "S\u00e3o Paulo", "America/Bogota": "Bogot\u00e1"}


def install(
    env: Environment,
    locale: Callable[[], Locale],
    zone: Callable[[], ZoneInfo],
    just_now: Callable[[], str],
) -> None:
    """Adds the filters, each bound to the viewer's language and zone at the time of use."""
    env.filters.update(
        number=lambda n: number(n, locale()),
        compact=lambda n: compact(n, locale()),
        percent=lambda fraction, digits=0: percent(fraction, locale(), digits),
        money=lambda micros, currency: money(micros, currency, locale()),
        when=lambda moment, key="": when(moment, locale(), ZoneInfo(key) if key else zone()),
        clock=lambda moment: clock(moment, locale(), zone()),
        day=lambda moment: day(moment, locale(), zone()),
        short_day=lambda moment: short_day(moment, locale()),
        month=lambda moment: month(moment, locale()),
        ago=lambda moment, now: ago(moment, now, locale()) or just_now(),
        duration=lambda span: duration(span, locale()),
        country_name=lambda code: country_name(code, locale()),
        city=lambda key: zone_city(key, locale()),
        language_name=lambda code: language_name(code, locale()),
        listing=lambda items: lists.format_list([str(item) for item in items], locale=locale()),
    )


def number(n: float | Decimal | None, locale: Locale) -> str:
    return MISSING if n is None else numbers.format_decimal(n, locale=locale)


def compact(n: float | None, locale: Locale) -> str:
    """For axes and narrow places: 12K."""
    return MISSING if n is None else numbers.format_compact_decimal(n, locale=locale)


def percent(fraction: float | None, locale: Locale, digits: int = 0) -> str:
    if fraction is None:
        return MISSING
    rounded = round(fraction, digits + 2)
    return numbers.format_percent(rounded, locale=locale, decimal_quantization=False)


def money(micros: int | None, currency: str, locale: Locale) -> str:
    if micros is None:
        return MISSING
    amount, digits = Decimal(micros) / MICROS, decimals(micros)
    if digits > CENTS:
        pattern = locale.currency_formats["standard"].pattern.replace("0.00", f"0.{'0' * digits}")
        return numbers.format_currency(
            amount, currency, pattern, locale=locale, currency_digits=False
        )
    return numbers.format_currency(amount, currency, locale=locale)


def when(moment: datetime | None, locale: Locale, zone: ZoneInfo) -> str:
    """Fri 27 Nov 2026, 22:00 São Paulo."""
    if moment is None:
        return MISSING
    return f"{day(moment, locale, zone)}, {clock(moment, locale, zone)}"


def clock(moment: datetime | None, locale: Locale, zone: ZoneInfo) -> str:
    """22:00 São Paulo."""
    if moment is None:
        return MISSING
    hour = dates.format_time(moment, "short", tzinfo=zone, locale=locale)
    return f"{hour} {zone_city(zone.key, locale)}"


def day(moment: date | None, locale: Locale, zone: ZoneInfo) -> str:
    """Fri 27 Nov 2026; of a datetime, the day it is in the viewer's zone."""
    if moment is None:
        return MISSING
    local = moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    return _weekday_and_date(local, locale)


@lru_cache(maxsize=4096)
def _weekday_and_date(moment: date, locale: Locale) -> str:
    return dates.format_skeleton("yMMMEd", moment, locale=locale).replace(",", "")


@lru_cache(maxsize=4096)
def short_day(moment: date, locale: Locale) -> str:
    """27 Nov, for places where the year is plain."""
    return dates.format_skeleton("MMMd", moment, locale=locale)


def month(moment: date, locale: Locale) -> str:
    return dates.format_skeleton("yMMMM", moment, locale=locale)


def ago(moment: datetime | None, now: datetime, locale: Locale) -> str:
    """3 hours ago, in 2 days; nothing for less than a minute, which is said otherwise."""
    if moment is None:
        return MISSING
    if abs(moment - now) < timedelta(minutes=1):
        return ""
    return dates.format_timedelta(moment - now, add_direction=True, locale=locale)


def duration(span: timedelta | float | None, locale: Locale) -> str:
    """A timedelta or seconds, in the largest unit that tells the truth: 7 minutes."""
    if span is None:
        return MISSING
    delta = span if isinstance(span, timedelta) else timedelta(seconds=span)
    return dates.format_timedelta(delta, threshold=1.5, locale=locale)


def country_name(code: str | None, locale: Locale) -> str:
    return locale.territories.get(code, code) if code else MISSING


def language_name(code: str | None, locale: Locale) -> str:
    if not code:
        return MISSING
    return Locale.parse(code.replace("-", "_")).get_display_name(locale) or code


def zone_city(key: str, locale: Locale) -> str:
    """The city people know a zone by, in their language; UTC stays UTC."""
    named = CITIES.get(key) or locale.time_zones.get(key, {}).get("city")
    return named or key.rpartition("/")[2].replace("_", " ")

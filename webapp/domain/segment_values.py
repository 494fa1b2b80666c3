"""The values of conditions: read from JSON or a form's texts into types, and back.

NOTHING None; TEXT str; TEXTS sorted tuple of str; DAYS, HOURS and KEY int; MOMENT aware datetime in
UTC; DAY date; NUMBER Decimal; NUMBERS two Decimals in order; YESNO bool. Of more parts, as JSON
objects: PERIOD and TIMES `Times`, TOPIC_DAYS `Expiry`, SHARE `Share`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from webapp.domain import schedule
from webapp.domain.segment_fields import OF_BROADCASTS, ValueKind
from webapp.domain.wording import Sentence, say


@dataclass(frozen=True)
class Times:
    """How often, in the last `days` or ever, with a broadcast's messages or any."""

    times: int | None = None  # None where the operator itself says how often
    days: int | None = None
    broadcast: int | None = None


@dataclass(frozen=True)
class Expiry:
    """Within how many days the opt-in to a topic ends."""

    topic: str
    days: int


@dataclass(frozen=True)
class Share:
    """The first `percent` of the split `name`: see `domain.share`."""

    name: str
    percent: int


Parts = Times | Expiry | Share
Plain = None | str | int | bool | Decimal | date | datetime
Value = Plain | tuple[str, ...] | tuple[Decimal, Decimal] | Parts

MOST_TEXTS = 1000
MOST_LENGTH = 1000  # characters of one text, as attributes are stored
MOST_DAYS = 36_500
MOST_HOURS = 8_760
MOST_TIMES = 1_000
MOST_SPLIT = 80  # characters of a split's name
DIGITS = 15  # so that a JSON number carries it exactly
MOST_NUMBER = 10**12
DECIMALS = 6  # as numbers are stored


def read(field: str, takes: ValueKind, raw: object) -> Value | Sentence:
    """The typed value, or a Sentence that says what to give instead."""
    return _READERS[takes](field, raw)


def to_json(value: Value) -> object:
    if isinstance(value, tuple):
        return [to_json(each) for each in value]
    if isinstance(value, Times | Expiry | Share):
        return {name: part for name, part in vars(value).items() if part is not None}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return schedule.rfc3339(value)
    return value.isoformat() if isinstance(value, date) else value


def _nothing(_field: str, _raw: object) -> None:
    return None


def _text(field: str, raw: object) -> str | Sentence:
    if not isinstance(raw, str) or not raw.strip():
        return say("Give a text to compare with.")
    if len(raw) > MOST_LENGTH or "\x00" in raw:
        return say("Give a text of at most %(most)s characters.", most=MOST_LENGTH)
    return _as_stored(field, raw.strip())


def _as_stored(field: str, text: str) -> str:
    """Countries, locales and languages have one way of being written."""
    if field == "country":
        return text.upper()
    if field == "locale":
        return text.replace("-", "_")
    return text.lower() if field == "language" else text


def _texts(field: str, raw: object) -> tuple[str, ...] | Sentence:
    if not isinstance(raw, list | tuple) or not 0 < len(raw) <= MOST_TEXTS:
        return say("Give a list of 1 to %(most)s texts.", most=MOST_TEXTS)
    read = [_text(field, each) for each in raw]
    wrong = [each for each in read if isinstance(each, Sentence)]
    return wrong[0] if wrong else tuple(sorted({str(each) for each in read}))


def _whole(raw: object, most: int) -> int | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,19}", raw.strip()):
        raw = int(raw)
    return raw if isinstance(raw, int) and 0 < raw <= most else None


def _days(_field: str, raw: object) -> int | Sentence:
    days = _whole(raw, MOST_DAYS)
    return say("Give a number of days, 1 to %(most)s.", most=MOST_DAYS) if days is None else days


def _key(_field: str, raw: object) -> int | Sentence:
    key = _whole(raw, 2**63 - 1)
    return say("Choose one by its number.") if key is None else key


def _hours(_field: str, raw: object) -> int | Sentence:
    hours = _whole(raw, MOST_HOURS)
    if hours is None:
        return say("Give a number of hours, 1 to %(most)s.", most=MOST_HOURS)
    return hours


def _moment(_field: str, raw: object) -> datetime | Sentence:
    return schedule.read_time(raw)


def _day(_field: str, raw: object) -> date | Sentence:
    try:
        if isinstance(raw, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
            return date.fromisoformat(raw)
    except ValueError:
        pass
    return say("Give a date like 2026-11-22.")


def _number(_field: str, raw: object) -> Decimal | Sentence:
    wrong = say("Give a number of at most %(digits)s digits.", digits=DIGITS)
    if (
        isinstance(raw, bool)
        or not isinstance(raw, int | float | str)
        or len(str(raw)) > 2 * DIGITS
    ):
        return wrong
    try:
        number = Decimal(str(raw).strip())
        if number.is_finite() and _is_storable(number):
            return number.normalize() + 0  # never -0 or 1E+5
    except InvalidOperation:
        pass
    return wrong


def _is_storable(number: Decimal) -> bool:
    if not abs(number) < MOST_NUMBER or number.normalize().adjusted() < -DECIMALS:
        return number == 0
    exact = number.quantize(Decimal(1).scaleb(-DECIMALS)) == number
    return exact and len(number.normalize().as_tuple().digits) <= DIGITS


def _numbers(field: str, raw: object) -> tuple[Decimal, Decimal] | Sentence:
    pair = raw if isinstance(raw, list | tuple) and len(raw) == 2 else ()  # noqa: PLR2004
    ends = [end for end in (_number(field, each) for each in pair) if isinstance(end, Decimal)]
    if len(ends) != 2:  # noqa: PLR2004
        return say("Give two numbers: from, to.")
    return min(ends), max(ends)


def _yesno(_field: str, raw: object) -> bool | Sentence:
    if isinstance(raw, str):
        raw = {"true": True, "false": False}.get(raw)
    return raw if isinstance(raw, bool) else say("Choose yes or no.")


def _period(field: str, raw: object) -> Times | Sentence:
    return _doing(field, {} if raw is None else raw, ("days", "broadcast"))


def _times(field: str, raw: object) -> Times | Sentence:
    return _doing(field, raw, ("times", "days", "broadcast"))


def _doing(field: str, raw: object, names: tuple[str, ...]) -> Times | Sentence:
    """Days and broadcast may be left out, or be null or empty."""
    given = _parts(raw, names if field in OF_BROADCASTS else names[:-1])
    if isinstance(given, Sentence):
        return given
    times = "times" in names
    least = _counted(given.get("times")) if times else None
    if times and least is None:
        return say("Give how often, 0 to %(most)s times.", most=MOST_TIMES)
    found: dict[str, int | None] = {}
    for name, reader in (("days", _days), ("broadcast", _key)):
        read = reader(field, given[name]) if given.get(name) not in (None, "") else None
        if isinstance(read, Sentence):
            return read
        found[name] = read
    return Times(least, **found)


def _counted(raw: object) -> int | None:
    """0 counts too: at most 0 times is never."""
    zero = raw == 0 and not isinstance(raw, bool | float)
    return 0 if zero or raw == "0" else _whole(raw, MOST_TIMES)


def _expiry(field: str, raw: object) -> Expiry | Sentence:
    given = _parts(raw, ("topic", "days"))
    if isinstance(given, Sentence):
        return given
    topic, days = _text(field, given.get("topic")), _days(field, given.get("days"))
    if isinstance(topic, Sentence):
        return topic
    return days if isinstance(days, Sentence) else Expiry(topic, days)


def _share(field: str, raw: object) -> Share | Sentence:
    given = _parts(raw, ("name", "percent"))
    if isinstance(given, Sentence):
        return given
    name, percent = _text(field, given.get("name")), _whole(given.get("percent"), 99)
    if isinstance(name, Sentence) or len(name) > MOST_SPLIT:
        return say("Give the split a name of at most %(most)s characters.", most=MOST_SPLIT)
    return say("Give a whole per cent, 1 to 99.") if percent is None else Share(name, percent)


def _parts(raw: object, names: tuple[str, ...]) -> Mapping[str, object] | Sentence:
    """An object with no other names than these."""
    if isinstance(raw, Mapping) and raw.keys() <= set(names):
        return raw
    return say("Give an object with no other names than: %(names)s.", names=", ".join(names))


_READERS: Mapping[ValueKind, Callable[[str, object], Value | Sentence]] = {
    ValueKind.NOTHING: _nothing,
    ValueKind.TEXT: _text,
    ValueKind.TEXTS: _texts,
    ValueKind.DAYS: _days,
    ValueKind.MOMENT: _moment,
    ValueKind.DAY: _day,
    ValueKind.NUMBER: _number,
    ValueKind.NUMBERS: _numbers,
    ValueKind.YESNO: _yesno,
    ValueKind.KEY: _key,
    ValueKind.HOURS: _hours,
    ValueKind.PERIOD: _period,
    ValueKind.TIMES: _times,
    ValueKind.TOPIC_DAYS: _expiry,
    ValueKind.SHARE: _share,
}

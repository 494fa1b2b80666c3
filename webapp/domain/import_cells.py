"""One cell of an import file, read into its type or refused with a sentence.

Readers get the trimmed, non-empty text of a cell and the file's options; a Sentence coming back
says what is wrong with it. Texts are NFC, so that one name has one spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Context, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from webapp.domain import schedule
from webapp.domain import zone as zones
from webapp.domain.errors import Invalid
from webapp.domain.policy import situation
from webapp.domain.subscriber import AttributeType, AttributeValue
from webapp.domain.wording import Sentence, say

MOST_ID = 32  # digits; today's ids have 15 to 17
MOST_ENTRIES = 100  # of a list
NOON = 12
MOST_NUMBER = Decimal(10) ** 12
MICRO = Decimal("0.000001")  # numbers are stored in millionths
EXACT = Context(prec=15)  # digits that both databases give back as they were

_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}", re.ASCII)  # facts, "Identity"
_PHONE = re.compile(r"(?:\+|00)?([1-9]\d{6,14})", re.ASCII)
_BETWEEN = re.compile(r"[\s\u00a0\u202f().\-\u2010\u2011/]")
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE][+-]?\d+", re.ASCII)
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[_-]([A-Za-z]{4}))?(?:[_-]([A-Za-z]{2}|\d{3}))?", re.ASCII)
_NUMERIC_DAY = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{1,2}(?!\d)", re.ASCII)
_DAY_NUMBER = re.compile(r"[1-9]\d{4}(?:[.,]\d+)?", re.ASCII)  # days since 1899-12-30
_CLOCK = re.compile(
    r"(\d{1,2})[:h](\d{2})(?::(\d{2})(?:\.\d+)?)?(?: ?([ap])\.?m\.?)?", re.ASCII | re.IGNORECASE
)
_SPACES = re.compile(r"[\s\u00a0\u202f'\u2019]")
_MINUS = "\u2212"  # as typographers and some spreadsheets write it
_SIGN = r"(?:R\$|[$€£¥฿₫]|EUR|USD|GBP|BRL|MXN|THB|VND|CAD|CHF|JPY|AUD)"
_CURRENCY = re.compile(f"^{_SIGN}|{_SIGN}$")
UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_YES = re.compile(
    "yes|y|true|1|on|x|✓|✔|oui|o|vrai|sim|s|verdadeiro|si|sí|verdadero|ja|j|wahr|vero|ใช่|có"
)
_NO = re.compile("no|n|false|0|off|non|faux|não|nao|falso|nein|nee|falsch|ไม่|ไม่ใช่|không")
_MALE = re.compile("male|m|man|homme|h|masculin|masculino|homem|hombre|varon|varón")
_FEMALE = re.compile("female|f|woman|femme|féminin|feminin|feminino|femenino|mulher|mujer")


@dataclass(frozen=True)
class Options:
    """How this file writes what can be written in several ways.

    `zone` is that of times without an offset; without it such times are refused. `phones`: people
    go by their telephone numbers.
    """

    zone: str | None = None
    day_first: bool = True
    decimal: str = "."
    phones: bool = False

    @classmethod
    def parse(cls, obj: Mapping[str, object]) -> Options:
        """From `{"zone", "day_first", "decimal", "phones"}`, others ignored; raises Invalid by
        field."""
        zone, decimal = obj.get("zone") or None, obj.get("decimal", ".")
        if zone is not None:
            zones.zone_named(str(zone))
        if decimal not in (".", ","):
            raise Invalid({"decimal": [say("Choose a decimal point or a decimal comma.")]})
        named, day_first = None if zone is None else str(zone), bool(obj.get("day_first", True))
        return cls(named, day_first, decimal, bool(obj.get("phones")))

    def to_json(self) -> dict[str, object]:
        told = {"zone": self.zone, "day_first": self.day_first, "decimal": self.decimal}
        return {**told, **({"phones": True} if self.phones else {})}


Reader = Callable[[str, Options], object]


def text(most: int) -> Callable[[str, Options], str | Sentence]:
    """A text of at most `most` characters; what looks like a formula stays the text it is."""

    def read(cell: str, _options: Options) -> str | Sentence:
        if UNUSABLE.search(cell):
            return say("Remove the invisible control characters.")
        if len(cell) > most:
            return say("Shorten this to %(most)s characters.", most=most)
        return unicodedata.normalize("NFC", cell)

    return read


def is_platform_id(cell: str) -> bool:
    """Digits, or what WhatsApp calls a person where it does not tell their number."""
    if _USER_ID.fullmatch(cell):
        return True
    return cell.isascii() and cell.isdigit() and len(cell) <= MOST_ID


def platform_id(cell: str, options: Options) -> str | Sentence:
    if options.phones and not _USER_ID.fullmatch(cell) and not _SCIENTIFIC.fullmatch(cell):
        return _phone(cell)
    if is_platform_id(cell):
        return cell
    if _SCIENTIFIC.fullmatch(cell):
        return say(
            "A spreadsheet has shortened this id and its last digits are lost. Format the column "
            "as text and export it again."
        )
    return say("An id has only digits.")


def _phone(cell: str) -> str | Sentence:
    """As WhatsApp writes it: digits that begin with the country's code."""
    told = _PHONE.fullmatch(_BETWEEN.sub("", cell))
    if told is None:
        return say("Write the number with its country's code, like +33 6 12 34 56 78.")
    return told[1]


def country(cell: str, _options: Options) -> str | Sentence:
    return situation.country_code(cell) or say("Give the country as two letters, like FR.")


def locale(cell: str, _options: Options) -> str | Sentence:
    match = _LOCALE.fullmatch(cell)
    if match is None:
        return say("Give the locale like fr_FR.")
    spelled = (match[1].lower(), (match[2] or "").title(), (match[3] or "").upper())
    return "_".join(part for part in spelled if part)


def timezone(cell: str, _options: Options) -> str | Sentence:
    try:
        return zones.zone_named(cell).key
    except Invalid:
        return say("Give the time zone by its name, like Europe/Paris.")


def gender(cell: str, options: Options) -> str | Sentence:
    word = cell.casefold()
    if _MALE.fullmatch(word):
        return "male"
    return "female" if _FEMALE.fullmatch(word) else text(40)(cell, options)


def entries(most: int) -> Callable[[str, Options], tuple[str, ...] | Sentence]:
    """A list divided by `|`, else `;`, else `,`; each entry once, in order."""

    def read(cell: str, options: Options) -> tuple[str, ...] | Sentence:
        mark = next((mark for mark in "|;," if mark in cell), "|")
        found = [text(most)(part.strip(), options) for part in cell.split(mark) if part.strip()]
        wrong = next((each for each in found if isinstance(each, Sentence)), None)
        if wrong is None and len(found) > MOST_ENTRIES:
            wrong = say("Give at most %(most)s entries.", most=MOST_ENTRIES)
        return wrong or tuple(dict.fromkeys(str(each) for each in found))

    return read


def moment(cell: str, options: Options) -> datetime | Sentence:
    """RFC 3339, or a date with or without a clock in the file's zone; UTC comes out."""
    read = schedule.read_time(cell)
    if isinstance(read, datetime):
        return read
    first, _, rest = cell.replace("T", " ", 1).partition(" ")
    found, clock = _day(first, options), _clock(rest.strip())
    if found is None or clock is None:
        return _why_no_day(cell) or say("There is no such date or time.")
    if options.zone is None:
        return say("This time has no zone: choose the zone of the file's times.")
    return zones.local(found, clock, options.zone).at


def day(cell: str, options: Options) -> date | Sentence:
    """A date; of a time with an offset, the date it has in the file's zone."""
    found = _day(cell, options)
    if found is not None:
        return found
    at = moment(cell, options)
    if isinstance(at, Sentence):
        return _why_no_day(cell) or say("There is no such date.")
    return at.astimezone(ZoneInfo(options.zone or "UTC")).date()


def number(cell: str, options: Options) -> Decimal | Sentence:
    """Thousands may be grouped by spaces or by the mark that is not the decimal one."""
    plain = _CURRENCY.sub("", _SPACES.sub("", cell.replace(_MINUS, "-")))
    group = "," if options.decimal == "." else "."
    shape = rf"[+-]?(?:\d+|\d{{1,3}}(?:\{group}\d{{3}})+)(?:\{options.decimal}\d+)?"
    if re.fullmatch(shape, plain, re.ASCII) is None:
        return say(
            "This is not a number with a decimal %(mark)s.",
            mark=say("comma") if options.decimal == "," else say("point"),
        )
    try:
        value = EXACT.plus(Decimal(plain.replace(group, "").replace(",", ".")).quantize(MICRO))
    except InvalidOperation:
        value = MOST_NUMBER
    return (
        value.normalize() + 0
        if abs(value) < MOST_NUMBER
        else say("This number is too large to be kept.")
    )


def yesno(cell: str, _options: Options) -> bool | Sentence:
    word = cell.casefold()
    if _YES.fullmatch(word):
        return True
    return False if _NO.fullmatch(word) else say("Give yes or no.")


ATTRIBUTES: Mapping[AttributeType, Callable[[str, Options], AttributeValue | Sentence]] = {
    AttributeType.TEXT: text(1000),
    AttributeType.NUMBER: number,
    AttributeType.MONEY: number,
    AttributeType.DATE: day,
    AttributeType.TIME: moment,
    AttributeType.YESNO: yesno,
    AttributeType.LIST: entries(1000),
}


def _day(text: str, options: Options) -> date | None:
    match = _NUMERIC_DAY.fullmatch(text)
    if match is None:
        return None
    first, second, third = match.groups()
    if len(first) == len("2026"):
        year, month, of_month = first, second, third
    elif len(third) == len("2026") and len(first) <= len("22"):
        year = third
        month, of_month = (second, first) if options.day_first else (first, second)
    else:
        return None
    try:
        return date(int(year), int(month), int(of_month))
    except ValueError:
        return None


def _why_no_day(cell: str) -> Sentence | None:
    """What is wrong with a date that exists, but is not written out."""
    if _SHORT_YEAR.match(cell):
        return say("Write the year with four digits, like 2026.")
    if _DAY_NUMBER.fullmatch(cell):
        return say(
            "This is a spreadsheet's number of a day. Format the column as dates and export it "
            "again."
        )
    return None


def _clock(text: str) -> time | None:
    if not text:
        return time()
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    try:
        return time(_hour(int(match[1]), match[4]), int(match[2]), int(match[3] or 0))
    except ValueError:
        return None


def _hour(told: int, half: str | None) -> int:
    """Of the day; twelve is the first hour of each half. ValueError for the 13th of one."""
    if half is None:
        return told
    if not 1 <= told <= NOON:
        raise ValueError(told)
    return told % NOON + (NOON if half in "pP" else 0)

"""How the columns of a file are mapped, as a browser posts it.

Column `n` of the file is `to.n`: a field's name, `attr.<name>` of an attribute the brand has,
`new.<type>` for a new one named `name.n`, or nothing for a column that is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from webapp.domain import import_columns
from webapp.domain.import_columns import ATTRIBUTE, Target
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence, say
from webapp.forms.reading import Form, Posted

NEW = "new."

FIELDS: Mapping[str, Sentence] = {
    "psid": say("Id or number"),
    "first_name": say("First name"),
    "last_name": say("Last name"),
    "locale": say("Language"),
    "timezone": say("Time zone"),
    "country": say("Country"),
    "city": say("City"),
    "gender": say("Gender"),
    "source": say("Came by"),
    "first_seen_at": say("First seen"),
    "last_inbound_at": say("Last wrote to us"),
    "tags": say("Tags"),
    "topics": say("Topics opted in to"),
    "opted_in_at": say("Time of the opt-in"),
}
TYPES: Mapping[AttributeType, Sentence] = {
    AttributeType.TEXT: say("Text"),
    AttributeType.NUMBER: say("Number"),
    AttributeType.MONEY: say("Money"),
    AttributeType.DATE: say("Date"),
    AttributeType.TIME: say("Date and time"),
    AttributeType.YESNO: say("Yes or no"),
    AttributeType.LIST: say("List"),
}


CODECS: Mapping[str, Sentence] = {
    "utf-8": say("UTF-8, of nearly all programs today"),
    "cp1252": say("Western European, of Windows"),
    "iso-8859-15": say("Western European, Latin-9"),
    "mac-roman": say("Western European, of older Macs"),
    "utf-16": say("UTF-16, as Excel says “Unicode text”"),
    "utf-16-le": say("UTF-16 without a mark, little-endian"),
    "utf-16-be": say("UTF-16 without a mark, big-endian"),
    "utf-32": say("UTF-32"),
    "cp1250": say("Central European, of Windows"),
    "cp1251": say("Cyrillic, of Windows"),
    "koi8-r": say("Cyrillic, KOI8-R"),
    "cp1253": say("Greek, of Windows"),
    "cp1254": say("Turkish, of Windows"),
    "cp1255": say("Hebrew, of Windows"),
    "cp1256": say("Arabic, of Windows"),
    "cp1257": say("Baltic, of Windows"),
    "cp1258": say("Vietnamese, of Windows"),
    "cp874": say("Thai, of Windows"),
    "cp932": say("Japanese, Shift JIS"),
    "gb18030": say("Chinese, GB 18030"),
    "big5": say("Chinese, Big5"),
    "cp949": say("Korean, of Windows"),
}
TAB = "tab"  # a tab itself would be lost on the way
SEPARATORS: Mapping[str, Sentence] = {
    ",": say("comma ,"),
    ";": say("semicolon ;"),
    TAB: say("tab"),
    "|": say("bar |"),
}


def separator(delimiter: str) -> str:
    """The option that stands for it."""
    return TAB if delimiter == "\t" else delimiter


class ReadingForm(Form):
    """How the file is read."""

    encoding: Annotated[str, Field(max_length=20)] = ""
    delimiter: Annotated[str, Field(max_length=3)] = ""

    @property
    def mark(self) -> str:
        return "\t" if self.delimiter == TAB else self.delimiter


class UploadForm(Form):
    channel: Annotated[int, Field(ge=1, lt=2**63)]


class OptionsForm(Form):
    """How the file writes times and numbers, and what proves its opt-ins."""

    zone: Annotated[str, Field(max_length=64)] = ""
    day_first: Literal["day", "month"] = "day"
    decimal: Literal[".", ","] = "."
    wording: Annotated[str, Field(max_length=500)] = ""
    consent_source: Annotated[str, Field(max_length=120)] = ""
    shift_times: bool = False

    def options(self) -> dict[str, object]:
        return {**self.model_dump(), "day_first": self.day_first == "day"}


def mapping(
    posted: Posted, columns: Sequence[str], known: Mapping[str, AttributeType]
) -> dict[str, object]:
    """What `import_columns.parse` reads; whether it makes sense is said there."""
    return {
        column: _target(_first(posted, f"to.{n}"), _first(posted, f"name.{n}"), known)
        for n, column in enumerate(columns)
    }


def choice(target: Target, known: Mapping[str, AttributeType]) -> str:
    """The option of the column's select that stands for a target."""
    if target.type is None or target.to.removeprefix(ATTRIBUTE) in known:
        return target.to
    return NEW + target.type.value


def name_of(column: str, n: int, target: Target) -> str:
    """What a new attribute of this column would be called."""
    if target.type is not None:
        return target.to.removeprefix(ATTRIBUTE)
    name = import_columns.folded(column).replace(" ", "_")[:50]
    return name if name[:1].isalpha() else f"column_{n + 1}"


def _target(chosen: str, name: str, known: Mapping[str, AttributeType]) -> dict[str, object]:
    if chosen.startswith(NEW):
        return {"to": ATTRIBUTE + name, "type": chosen.removeprefix(NEW)}
    own = known.get(chosen.removeprefix(ATTRIBUTE)) if chosen.startswith(ATTRIBUTE) else None
    return {"to": chosen, "type": own.value if own else None}


def _first(posted: Posted, name: str) -> str:
    return next(iter(posted.getlist(name)), "").strip()

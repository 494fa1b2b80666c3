"""What kind of file this is and how its letters are written, told from its bytes.

A file without a mark that is not UTF-8 is taken for a western one: which of the others it is, a
person sees and chooses (`CODECS`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from webapp.domain import import_cells
from webapp.domain.errors import Refused
from webapp.domain.wording import say

# What a person may choose; guessed are those of the first line.
CODECS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "iso-8859-15", "mac-roman",
    "cp1250", "cp1251", "koi8-r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    "cp874", "cp932", "gb18030", "big5", "cp949",
)  # fmt: skip
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 2_000  # bytes in which UTF-16 without a mark shows
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"\x1f\x8b", b"{\\rtf")
_MARKUP = re.compile(rb"<[a-z!?]", re.IGNORECASE)
_JSON = re.compile(rb'\{\s*["}]|\[\s*[\[{]')
# Where Latin-9 has its euro, Œ and œ.
_LATIN_9 = re.compile(rb"\xa4|[A-Za-z\xc0-\xff][\xbc\xbd]|[\xbc\xbd][A-Za-z\xc0-\xff]")
_LOW, _HIGH = bytes(range(0x80, 0xA0)), bytes(range(0xC0, 0x100))
_UNUSED = b"\x81\x8d\x8f\x90\x9d"  # by cp1252; older Macs write Å, ç, è, ê and ù so
_NO_TEXT = say("This is not a text file, nor a workbook. Choose a CSV or XLSX file.")


def encoding_of(chunks: Iterable[bytes]) -> str:
    """The codec of a whole file, read in pieces. Raises Refused for what is not a text file."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    sound, first, western = True, True, _Western()
    for chunk in chunks:
        marked = _marked(chunk) if first else None
        if marked:
            return marked
        first = False
        western.see(chunk)
        try:
            if sound:
                decoder.decode(chunk)
        except UnicodeDecodeError:
            sound = False
    return "utf-8" if sound else western.codec


def chosen(codec: str) -> str:
    """Under which of CODECS a person finds the codec that was guessed."""
    return "utf-8" if codec == "utf-8-sig" else codec


class _Western:
    """Which bytes beyond ASCII a text has. cp1252 and Latin-9 have their letters in HIGH, those
    of older Macs are in LOW, where cp1252 has punctuation, little else and gaps."""

    def __init__(self) -> None:
        self._low = self._high = self._unused = 0
        self._euro = False

    def see(self, chunk: bytes) -> None:
        if chunk.isascii():
            return
        self._low += _many(_LOW, chunk)
        self._high += _many(_HIGH, chunk)
        self._unused += _many(_UNUSED, chunk)
        self._euro = self._euro or _LATIN_9.search(chunk) is not None

    @property
    def codec(self) -> str:
        if self._unused and self._low > self._high:
            return "mac-roman"
        return "iso-8859-15" if self._euro and not self._low else "cp1252"


def _many(of: bytes, chunk: bytes) -> int:
    return len(chunk) - len(chunk.translate(None, of))


def _marked(head: bytes) -> str | None:
    """What the first bytes give away; Refused when they are those of another kind of file."""
    _refuse_others(head)
    for bom, codec in _BOMS:
        if head.startswith(bom):
            return codec
    return _without_mark(head[:_SAMPLE]) if b"\x00" in head else None


def _refuse_others(head: bytes) -> None:
    if head.startswith(_WORKBOOK):
        raise Refused(say("This is a workbook. Save it as CSV and choose that file."))
    if head.startswith(_OLD_WORKBOOK):
        raise Refused(
            say(
                "This workbook has a password, or it is of an old kind (.xls). Save it as .xlsx "
                "without a password, or as CSV, and choose that file."
            )
        )
    if head.startswith(_PICTURES):
        raise Refused(_NO_TEXT)
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if _MARKUP.match(begins):
        raise Refused(say("This is a page of markup, not a list. Choose a CSV or XLSX file."))
    if _JSON.match(begins):
        raise Refused(
            say(
                "This is JSON, not a table. Choose a CSV or XLSX file; lines of JSON go to the "
                "API, POST /api/v1/subscribers/bulk."
            )
        )


def _without_mark(sample: bytes) -> str:
    """UTF-16: every other byte of most texts is zero, and none of its letters is a control."""
    evens, odds = sample[0::2].count(0), sample[1::2].count(0)
    codec = "utf-16-le" if odds > evens else "utf-16-be"
    text = sample.decode(codec, "ignore")
    if max(evens, odds) <= len(sample) / 5 or import_cells.UNUSABLE.search(text):
        raise Refused(_NO_TEXT)
    return codec

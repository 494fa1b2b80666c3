"""A whole rulebook as one text file, signed or not.

    fanlight-rulebook 1
    key: ed25519:<public key>          both lines are missing while it is not signed
    signature: <base64>

    issued: 2026-11-26T09:00:00Z       from here to the end: what the signature covers, byte by byte
    == brand.toml 1234                 the file's name and its length in bytes
    [[rule]]
    ...

The lengths make it exact whatever the files hold, and a person can still read and compare it. The
names are in order, because of two denials the first in the order of files is the reason given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.errors import Refused
from webapp.domain.policy import rulebook
from webapp.domain.policy.rulebook import Rulebook, RulebookError
from webapp.domain.schedule import rfc3339
from webapp.domain.wording import say

MARK = b"fanlight-rulebook 1\n"
LARGEST = 8_000_000  # bytes; the book of 2026 has about 80,000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}\.toml")
_HEAD = re.compile(rb"(?:key: (?P<key>[^\n]{1,200})\nsignature: (?P<signature>[^\n]{1,200})\n)?\n")
_ISSUED = re.compile(rb"issued: ([0-9TZ:.+-]{20,40})\n")
_FILE = re.compile(rb"== ([^\n ]{1,80}) ([0-9]{1,7})\n")
BROKEN = say("This is no rulebook file, or a part of it is missing. Ask for it again.")


@dataclass(frozen=True)
class Signed:
    """A file taken apart. `body` is what the signature covers; `key` and `signature` may be ""."""

    body: bytes
    key: str = ""
    signature: str = ""


@dataclass(frozen=True)
class Body:
    """What a file says: when it was made (None: not said), and its TOML files in order."""

    issued_at: datetime | None
    files: Mapping[str, bytes]


def is_one(content: bytes) -> bool:
    return content.startswith(MARK)


def take_apart(content: bytes) -> Signed:
    """Raises Refused when it is no rulebook file."""
    found = _HEAD.match(content, len(MARK)) if is_one(content) else None
    if found is None or len(content) > LARGEST:
        raise Refused(BROKEN)
    key, signature = (found[name] or b"" for name in ("key", "signature"))
    return Signed(content[found.end() :], _ascii(key), _ascii(signature))


def put_together(signed: Signed) -> bytes:
    head = f"key: {signed.key}\nsignature: {signed.signature}\n" if signed.signature else ""
    return MARK + head.encode("ascii") + b"\n" + signed.body


def pack(files: Mapping[str, bytes], issued_at: datetime | None = None) -> bytes:
    """The body of these files, by name. Raises Refused for a name that cannot be in it."""
    for name in files:
        if not _NAME.fullmatch(name):
            raise Refused(say("%(name)s is no name of a rulebook's file: a.toml is.", name=name))
    said = f"issued: {rfc3339(issued_at)}\n".encode("ascii") if issued_at else b""
    parts = (
        f"== {name} {len(content)}\n".encode("ascii") + content + b"\n"
        for name, content in sorted(files.items())
    )
    return said + b"".join(parts)


def unpack(body: bytes) -> Body:
    """Raises Refused when it is not exactly what `pack` makes."""
    said = _ISSUED.match(body)
    files: dict[str, bytes] = {}
    at = said.end() if said else 0
    while at < len(body):
        found = _FILE.match(body, at)
        if found is None:
            raise Refused(BROKEN)
        end = found.end() + int(found[2])
        files[_ascii(found[1])] = body[found.end() : end]
        if body[end : end + 1] != b"\n":
            raise Refused(BROKEN)
        at = end + 1
    made = Body(_time(said[1]) if said else None, files)
    if pack(files, made.issued_at) != body:  # a name twice, out of order, or a time written oddly
        raise Refused(BROKEN)
    return made


def book_of(files: Mapping[str, bytes]) -> Rulebook:
    """The book these TOML files make, in the order of their names. RulebookError names file, rule
    and field, also where a table stands in for a value or a value for a table."""
    try:
        return rulebook.read(dict(sorted(files.items())))
    except (TypeError, AttributeError, KeyError, ValueError, OverflowError) as error:
        problem = f"this is not how rules are written ({error})"
        raise RulebookError(_culprit(files), "?", "?", problem) from error


def _culprit(files: Mapping[str, bytes]) -> str:
    """The file that cannot be read even alone."""
    for name, content in sorted(files.items()):
        try:
            rulebook.read({name: content})
        except RulebookError:
            continue
        except (TypeError, AttributeError, KeyError, ValueError, OverflowError):
            return name
    return "?"


def _time(text: bytes) -> datetime:
    try:
        found = datetime.fromisoformat(_ascii(text))
    except ValueError:
        raise Refused(BROKEN) from None
    if found.tzinfo is None:
        raise Refused(BROKEN)
    return found


def _ascii(text: bytes) -> str:
    try:
        return text.decode("ascii")
    except UnicodeDecodeError:
        raise Refused(BROKEN) from None

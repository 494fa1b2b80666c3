"""What an act of consent proves, as digests that anybody can compute again.

`content_hash` = SHA-256 of the JSON array [salt, wording, evidence, SHA-256 of the token or null].
`hash`         = SHA-256 of the JSON array [previous_hash, brand, person, topic, action, at,
                 recorded_at, source, token_expires_at, content_hash]; times in UTC as ISO 8601.

JSON as Python writes it (`", "` between, other alphabets as \\u escapes). The token goes in as a
digest, so a receipt can be checked without showing what messages are sent with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Protocol


class Act(Protocol):
    """A row of the ledger."""

    brand_id: int
    subscriber_id: int
    topic_id: int | None
    action: str
    at: datetime
    recorded_at: datetime
    source: str
    wording: str
    evidence: str
    token: str | None
    token_expires_at: datetime | None
    salt: str
    content_hash: str
    previous_hash: str
    hash: str


def content_hash(act: Act) -> str:
    return content_digest(act.salt, act.wording, act.evidence, act.token)


def act_hash(act: Act) -> str:
    return act_digest(
        act.previous_hash, act.brand_id, act.subscriber_id, act.topic_id, act.action,
        _moment(act.at), _moment(act.recorded_at), act.source, _moment(act.token_expires_at),
        act.content_hash,
    )  # fmt: skip


def content_digest(salt: str, wording: str, evidence: str, token: str | None) -> str:
    return _digest((salt, wording, evidence, token_hash(token)))


def act_digest(*parts: str | int | None) -> str:
    """Of what `hash` is made of, in that order, for who has it without an act."""
    return _digest(parts)


def token_hash(token: str | None) -> str | None:
    return None if token is None else hashlib.sha256(token.encode()).hexdigest()


def holds(act: Act, previous: str, *, forgotten: bool) -> bool:
    """Whether a row is as it was written, after the row whose hash is `previous`.

    An erased person's content is gone and cannot be compared; everybody else's has to be there.
    """
    if act.previous_hash != previous or act.hash != act_hash(act):
        return False
    emptied = not (act.salt or act.wording or act.evidence or act.token)
    return (forgotten and emptied) or act.content_hash == content_hash(act)


def masked(token: str) -> str:
    """Enough to know a token by, too little to send with: `abcd…wxyz`."""
    return f"{token[:4]}…{token[-4:]}" if len(token) > 12 else "…"  # noqa: PLR2004 - both ends


@lru_cache(1_000)
def _moment(at: datetime | None) -> str | None:
    """Acts that are written down together have these in common."""
    return None if at is None else at.astimezone(UTC).isoformat()


def _digest(parts: Sequence[str | int | None]) -> str:
    """As `json.dumps` writes the list, in a fifth of the time: there are some million of them."""
    return hashlib.sha256(f"[{', '.join(map(_told, parts))}]".encode()).hexdigest()


def _told(part: str | int | None) -> str:
    if isinstance(part, str):
        return encode_basestring_ascii(part)
    return "null" if part is None else str(part)

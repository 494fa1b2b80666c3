"""Passwords: what is accepted, and how they are hashed.

argon2id with OWASP's minimum parameters (19 MiB, two passes, one lane), and at most two hashes at
once: its memory is what an attacker would exhaust.
"""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.domain import errors
from webapp.domain.wording import say

AT_ONCE: Final = 2
SHORTEST: Final = 12  # characters
LONGEST: Final = 256
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_turnstile = BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """Raises `Invalid` (field `password`) when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise errors.Invalid(
            {"password": [say("A password has at least %(least)s characters.", least=SHORTEST)]}
        )
    with _turnstile:
        return _hasher.hash(password)


def matches(password: str, hash_: str | None) -> bool:
    """Takes as long for a person who does not exist (`hash_` None) as for one who does."""
    with _turnstile:
        try:
            _hasher.verify(hash_ or _nobodys(), password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
    return hash_ is not None


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")

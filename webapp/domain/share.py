"""A random share of people that stays the same: hold-outs, and tests of one part against another.

A split is known by its name. Each person has a place from 0 to 99 in it that depends on the name
and the person's id alone, so "the first 10%" of a split are the same people each time, all of them
are among its first 20%, and whoever is not in it is exactly the rest.

The place is a polynomial of degree three in the id, modulo a prime, with coefficients hashed from
the name (4-wise independent hashing, Wegman and Carter 1981). It takes nothing but whole numbers
below 2**62, so every database computes the same (`store/shares.py`).
"""

from __future__ import annotations

import hashlib

PRIME = 2**31 - 1  # products of two numbers below it fit a signed 64-bit integer
PLACES = 100


def place(name: str, person_id: int) -> int:
    """0 to 99."""
    first, *rest = coefficients(name)
    found, x = first, person_id % PRIME
    for coefficient in rest:
        found = (found * x + coefficient) % PRIME
    return found % PLACES


def coefficients(name: str) -> tuple[int, int, int, int]:
    """From the cubic one down to the constant."""
    digest = hashlib.sha256(name.encode()).digest()
    a, b, c, d = (int.from_bytes(digest[at : at + 8]) for at in range(0, 32, 8))
    return 1 + a % (PRIME - 1), b % PRIME, c % PRIME, d % PRIME

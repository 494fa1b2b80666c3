"""Which letters follow one another in a name: what the index of names keeps, and asks for.

A gram is one, two or three letters in a row of one word. Whoever has a word of up to three letters
in their name has it as a gram, and nobody else has; a longer word is in the names of some of those
who have all of its grams, so these are looked at. Letters are code points of what
`folding.folded` makes, so a gram has no case, and Thai, Chinese or an emoji need nothing
of their own.
"""

from __future__ import annotations

from webapp.domain.folding import folded

LONGEST = 3  # letters
MOST = 12  # grams asked for at once: more narrow a search no further


def of(word: str) -> set[str]:
    """All grams of a word."""
    return {word[at : at + size] for size in range(1, LONGEST + 1)
            for at in range(len(word) - size + 1)}  # fmt: skip


def words(text: str) -> list[str]:
    """A name, or what is searched, as words without case and accents."""
    return folded(text).split()


def asked(text: str) -> set[str]:
    """The grams that everybody has who is searched by this text, rather than all of them."""
    found: dict[str, None] = {}
    for word in sorted(words(text), key=len, reverse=True):
        last = max(len(word) - LONGEST, 0)
        found |= dict.fromkeys(word[at : at + LONGEST] for at in range(last + 1))
    return set(list(found)[:MOST])


def is_told(text: str) -> bool:
    """Whether the grams alone tell who is found, so that nobody has to be looked at."""
    parts = words(text)
    return all(len(word) <= LONGEST for word in parts) and len(asked(text)) == len(set(parts))

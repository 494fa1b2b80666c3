"""How much a program may say about a person: the schema and the reading by columns keep to it."""

from __future__ import annotations

from typing import Final

LONGEST_TEXT: Final = 1_000  # characters, and so the next two
LONGEST_WORDING: Final = 500
LONGEST_KEY: Final = 64
MOST_ENTRIES: Final = 100  # of a list

"""How much a program may say about a person: the schema and the reading by columns keep to it."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

LONGEST_TEXT: Final = 1_000  # characters, and so the next two
LONGEST_WORDING: Final = 500
LONGEST_KEY: Final = 64
MOST_ENTRIES: Final = 100  # of a list

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Texts = Annotated[list[Text], Field(max_length=MOST_ENTRIES)]
Wording = Annotated[str, Field(max_length=LONGEST_WORDING)]
Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]

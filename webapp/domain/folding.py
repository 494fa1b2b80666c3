"""A name as it is looked for: without case, and without the accents that a keyboard may lack.

Only the marks of Latin, Greek and Cyrillic letters go (U+0300 to U+036F): the signs above and below
Thai, Hindi or Arabic letters are vowels, and a name without them would be another one. Letters
that Unicode does not take apart, like ø and ł, are written as their bearers write them without.
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile("[\u0300-\u036f]+")
_PLAIN = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th",
    "\u0131": "i",  # Turkish i without its dot
    "\u2019": "'", "\u02bc": "'",  # as they are set, and as a keyboard has it
})  # fmt: skip


def folded(text: str) -> str:
    """Folding twice changes nothing more."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", apart)).casefold().translate(_PLAIN)

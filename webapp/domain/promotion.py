"""Words that sell, looked for in kinds of messages that may not. A hint for people, no rule."""

from __future__ import annotations

import re

from webapp.domain import content as contents
from webapp.domain.content import Content

# English, French, Portuguese and Spanish: the languages of the first users. Whole words.
_WORDS = (
    "sale", "discount", "% off", "coupon", "promo", "promotion", "deal", "offer", "free shipping",
    "buy now", "shop now", "order now", "limited time", "black friday", "voucher", "bargain",
    "soldes", "remise", "promotion", "offre", "acheter", "livraison gratuite", "code promo",
    "desconto", "oferta", "promoção", "cupom", "compre", "frete grátis", "liquidação",
    "descuento", "promoción", "cupón", "compra ya", "rebajas", "envío gratis",
)  # fmt: skip
_FOUND = re.compile(
    "|".join(
        rf"(?<!\w){re.escape(word)}(?!\w)" if word[0].isalpha() else rf"{re.escape(word)}(?!\w)"
        for word in sorted(set(_WORDS), key=len, reverse=True)
    ),
    re.IGNORECASE,
)


def words(content: Content) -> list[str]:
    """What reads as promotion, in reading order, each once."""
    written = [text for name, text in contents.templates(content) if "url" not in name]
    fixed = content.template.layout.texts() if content.template is not None else ()
    texts = " \n ".join([*fixed, *written])
    return list(dict.fromkeys(match.casefold() for match in _FOUND.findall(texts)))

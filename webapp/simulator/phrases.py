"""What people say, in their own language. A STOP is short, as people write it."""

from __future__ import annotations

import random

REPLIES: dict[str, tuple[str, ...]] = {
    "de": ("Gibt es das noch in Größe M?", "Danke!", "Was kostet der Versand?", "Super 😊"),
    "en": ("Is it still available?", "Thanks!", "How much is shipping?", "Love it 😍", "👍"),
    "es": ("¿Todavía está disponible?", "¡Gracias!", "¿Cuánto cuesta el envío?", "Me encanta 😍"),
    "fr": ("C'est encore disponible ?", "Merci !", "Combien coûte la livraison ?", "J'adore 😍"),
    "ja": ("まだありますか?", "ありがとうございます!", "送料はいくらですか?"),
    "pt": ("Ainda tem?", "Obrigada!", "Quanto é o frete?", "Amei 😍", "vocês abrem domingo?"),
    "th": ("ยังมีอยู่ไหมคะ", "ขอบคุณค่ะ", "ค่าส่งเท่าไหร่"),
    "vi": ("Còn hàng không ạ?", "Cảm ơn shop!", "Phí ship bao nhiêu?"),
}
STOPS = ("STOP", "Stop", "stop", "STOP ")
EMOJIS = ("❤", "👍", "😮", "😆")


def reply(dice: random.Random, locale: str) -> str:
    return dice.choice(REPLIES.get(locale[:2], REPLIES["en"]))


def stop(dice: random.Random) -> str:
    return dice.choice(STOPS)


def emoji(dice: random.Random) -> str:
    return dice.choice(EMOJIS)

"""STOP and START in the words of many languages.

The rule: the whole message has to be the keyword. Case, punctuation, emoji, repetition and
politeness around it do not count ("STOP!!", "please stop", "stop stop"); anything else does, so
"unstoppable", "don't stop the music" and "where is the bus stop?" are ordinary messages. Words
that answer everyday questions as well ("cancel", "end", "no") are left out: a person who means
them is asked to write STOP, and a STOP that was not meant is undone by START.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum

LONGEST = 80  # characters; a longer message is never a keyword


class Keyword(StrEnum):
    """What a person's message asks for as a whole."""

    STOP = "stop"
    START = "start"


STOP: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("stop", "stop all", "stopall", "stop it", "stop this", "stop now", "stop messages"),
        *("stop messaging", "stop messaging me", "stop texting me", "stop sending messages"),
        *("stop sending me messages", "unsubscribe", "unsubscribe me", "unsub", "opt out"),
        *("optout", "opt me out", "quit", "remove me", "no more messages"),
    ),
    "fr": (
        *("stop", "stop tout", "arrêter", "arrêtez", "arrête", "arrêt", "désabonner"),
        *("me désabonner", "se désabonner", "désabonnement", "désinscrire", "me désinscrire"),
        *("désinscription", "plus de messages", "ne plus recevoir"),
    ),
    "pt": (
        *("parar", "pare", "parem", "pare de enviar", "parar mensagens", "sair", "descadastrar"),
        *("descadastre", "cancelar inscrição", "não quero mais receber", "me remova"),
    ),
    "es": (
        *("parar", "pare", "para", "paren", "detener", "detente", "baja", "darme de baja"),
        *("dar de baja", "basta", "no más mensajes", "cancelar suscripción", "no recibir más"),
    ),
    "th": (
        *("หยุด", "หยุดส่ง", "หยุดส่งข้อความ", "เลิกส่ง", "เลิกติดตาม", "ไม่รับข้อความ"),
        *("ยกเลิกการรับข่าวสาร", "ยกเลิกรับข่าวสาร", "ยกเลิกการสมัคร"),
    ),
    "vi": (
        *("dừng", "dừng lại", "dừng gửi", "dừng tin nhắn", "ngừng", "ngừng gửi", "thôi gửi"),
        *("hủy đăng ký", "huỷ đăng ký", "không nhận nữa", "không nhận tin nữa"),
    ),
    "de": ("stopp", "stop", "abmelden", "abbestellen", "aufhören", "keine nachrichten mehr"),
    "it": (
        *("stop", "ferma", "fermare", "fermati", "basta", "smetti", "disiscrivimi"),
        *("disiscrizione", "annulla iscrizione", "cancellami", "niente più messaggi"),
    ),
    "nl": ("stop", "stoppen", "afmelden", "uitschrijven", "geen berichten meer"),
    "pl": ("stop", "wypisz", "wypisz mnie", "rezygnuję"),
    "tr": ("dur", "durdur", "abonelikten çık", "mesaj gönderme"),  # noqa: RUF001  # Turkish
    "id": ("berhenti", "berhenti berlangganan", "stop"),
    "tl": ("tigil", "itigil", "huminto"),
    "ru": ("стоп", "остановить", "отписаться", "отписка"),
    "ar": ("إيقاف", "ايقاف", "توقف", "إلغاء الاشتراك", "الغاء الاشتراك"),
    "hi": ("रोकें", "बंद करो", "बंद करें"),
    "ja": ("停止", "配信停止", "ストップ"),
    "ko": ("중지", "수신거부", "수신 거부", "그만"),
    "zh": ("停止", "退订", "退訂", "取消订阅", "取消訂閱"),
}
START: Mapping[str, tuple[str, ...]] = {
    "en": ("start", "unstop", "restart", "resume", "subscribe", "subscribe me", "opt in", "optin"),
    "fr": ("reprendre", "recommencer", "démarrer", "me réabonner", "réabonner", "m'abonner"),
    "pt": ("começar", "recomeçar", "retomar", "voltar a receber", "quero receber"),
    "es": ("empezar", "comenzar", "reanudar", "volver a recibir", "suscribirme"),
    "th": ("เริ่ม", "เริ่มใหม่", "เริ่มอีกครั้ง", "สมัครรับข่าวสาร"),
    "vi": ("bắt đầu", "bắt đầu lại", "đăng ký lại", "nhận lại tin"),
    "de": ("starten", "neu starten", "wieder anmelden"),
    "it": ("inizia", "iniziare", "riprendi", "riprendere", "iscrivimi"),
    "nl": ("starten", "hervatten"),
    "pl": ("wznów", "zapisz mnie"),
    "tr": ("başlat", "yeniden başlat"),
    "id": ("mulai", "mulai lagi"),
    "ru": ("старт", "возобновить", "подписаться"),
    "ja": ("再開", "配信再開"),
    "ko": ("재개", "수신동의", "수신 동의"),
    "zh": ("恢复", "恢復", "重新订阅", "重新訂閱"),
}
POLITE = (
    *("please", "pls", "plz", "thanks", "thank you", "svp", "stp", "s'il vous plaît"),
    *("s'il te plaît", "merci", "por favor", "pf", "obrigado", "obrigada", "gracias", "bitte"),
    *("danke", "per favore", "grazie", "làm ơn", "vui lòng", "cảm ơn", "ạ", "nhé", "alstublieft"),
    *("tolong", "lütfen", "proszę", "пожалуйста", "من فضلك", "กรุณา", "ครับ", "ค่ะ", "คะ", "นะ"),
)
_MARKS_MATTER = frozenset({"vi", "th", "hi", "ar", "ja", "ko", "zh"})
_UNSEEN = dict.fromkeys((0xFE0E, 0xFE0F, 0xFEFF, 0x2060, *range(0x200B, 0x2010)))
_TURKISH = {0x131: "i", 0x307: None}  # its capitals İ and I lose their dots where case is folded
_THAI_PARTICLES = ("นะครับ", "นะคะ", "ครับ", "ค่ะ", "คะ", "นะ", "ด้วย")


def keyword(text: str | None) -> Keyword | None:
    """STOP or START when the whole message is one in any language, else None."""
    if not text or len(text) > LONGEST:
        return None
    return _KEYWORDS.get(_core(text))


def normalised(text: str) -> str:
    """Small letters and single spaces; punctuation, symbols and invisible characters gone."""
    plain = unicodedata.normalize("NFKC", text).translate(_UNSEEN).casefold().translate(_TURKISH)
    letters = (" " if unicodedata.category(c)[0] in "PSZC" else c for c in plain)
    return " ".join("".join(letters).split())


def _core(text: str) -> str:
    words = _once(normalised(text).split())
    for phrase in _POLITE * 2:  # politeness may stand twice: "please stop, thank you"
        words = _trimmed(words, phrase)
    return _without_particle(" ".join(_once(words)))


def _once(words: list[str]) -> list[str]:
    return [word for i, word in enumerate(words) if i == 0 or word != words[i - 1]]


def _trimmed(words: list[str], phrase: list[str]) -> list[str]:
    size = len(phrase)
    if words[:size] == phrase:
        words = words[size:]
    return words[:-size] if words[-size:] == phrase else words


def _without_particle(message: str) -> str:
    """Thai writes its politeness onto the word."""
    particle = next((p for p in _THAI_PARTICLES if message.endswith(p)), "")
    return message.removesuffix(particle)


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _table(by_language: Mapping[str, Iterable[str]], means: Keyword) -> dict[str, Keyword]:
    """Every phrase as it is compared, also without accents where that is not another word."""
    found: dict[str, Keyword] = {}
    for language, phrases in by_language.items():
        for phrase in map(normalised, phrases):
            found[phrase] = means
            if language not in _MARKS_MATTER:
                found[_without_marks(phrase)] = means
    return found


_POLITE = [normalised(phrase).split() for phrase in POLITE]
_KEYWORDS = {**_table(START, Keyword.START), **_table(STOP, Keyword.STOP)}

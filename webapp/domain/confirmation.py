# ruff: noqa: RUF001  # other alphabets are the matter of this file
"""The one message that answers a STOP, and the one that answers a START.

It goes out because the person just wrote to us: inside their window, at most once an act and at
most once in 24 hours of the same kind, never on a platform's own switch (there the platform has
told them already). It is the only message that reaches somebody who stopped, says nothing but that
it was heard and how to undo it, and a brand may turn it off or word it itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from webapp.domain import mark
from webapp.domain.keyword import Keyword, keyword, normalised
from webapp.domain.mark import Mark
from webapp.domain.wording import Sentence, say

APART = timedelta(hours=24)  # between two confirmations of the same kind to one person
LATEST = timedelta(hours=24)  # after the act; the window has closed by then anyway
LONGEST = 500  # characters of an own wording
FALLBACK = "en"
KEY_PREFIX = "fl-reply:"


class ReplyState(StrEnum):
    """Where a confirmation stands; the same six words as a delivery's."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


TEXTS: Mapping[Keyword, Mapping[str, str]] = {
    Keyword.STOP: {
        "en": "You will get no more messages from us. Write START to change your mind.",
        "fr": "Vous ne recevrez plus de messages de notre part. Écrivez START pour changer d'avis.",
        "pt": "Você não receberá mais mensagens nossas. Escreva START se mudar de ideia.",
        "es": "No recibirás más mensajes nuestros. Escribe START si cambias de opinión.",
        "th": "คุณจะไม่ได้รับข้อความจากเราอีก พิมพ์ START หากเปลี่ยนใจ",
        "vi": "Bạn sẽ không nhận tin nhắn từ chúng tôi nữa. Nhắn START nếu bạn đổi ý.",
        "de": "Sie erhalten keine Nachrichten mehr von uns. Schreiben Sie START, "
        "wenn Sie es sich anders überlegen.",
        "it": "Non riceverai più messaggi da noi. Scrivi START se cambi idea.",
        "nl": "Je krijgt geen berichten meer van ons. Schrijf START als je je bedenkt.",
        "pl": "Nie będziesz już otrzymywać od nas wiadomości. Napisz START, jeśli zmienisz zdanie.",
        "tr": "Artık bizden mesaj almayacaksınız. Fikrinizi değiştirirseniz START yazın.",
        "id": "Anda tidak akan menerima pesan lagi dari kami. Tulis START jika berubah pikiran.",
        "tl": "Hindi ka na makakatanggap ng mensahe mula sa amin. "
        "Isulat ang START kung magbago ang isip mo.",
        "ru": "Вы больше не будете получать от нас сообщений. Напишите START, если передумаете.",
        "ar": "لن تصلك رسائل منا بعد الآن. اكتب START إذا غيرت رأيك.",
        "hi": "अब आपको हमारी ओर से कोई संदेश नहीं मिलेगा। मन बदलने पर START लिखें।",
        "ja": "今後、当方からのメッセージは届きません。再開するには START と送信してください。",
        "ko": "더 이상 저희 메시지를 받지 않으십니다. 다시 받으시려면 ‘START’라고 보내 주세요.",
        "zh": "您将不再收到我们的消息。如需恢复，请回复 START。",
    },
    Keyword.START: {
        "en": "You will get our messages again. Write STOP to end them.",
        "fr": "Vous recevrez de nouveau nos messages. Écrivez STOP pour y mettre fin.",
        "pt": "Você voltará a receber nossas mensagens. Escreva STOP para parar.",
        "es": "Volverás a recibir nuestros mensajes. Escribe STOP para dejar de recibirlos.",
        "th": "คุณจะได้รับข้อความจากเราอีกครั้ง พิมพ์ STOP หากต้องการหยุด",
        "vi": "Bạn sẽ nhận lại tin nhắn từ chúng tôi. Nhắn STOP để dừng.",
        "de": "Sie erhalten wieder Nachrichten von uns. Schreiben Sie STOP, um sie zu beenden.",
        "it": "Riceverai di nuovo i nostri messaggi. Scrivi STOP per interromperli.",
        "nl": "Je krijgt weer berichten van ons. Schrijf STOP om ze te stoppen.",
        "pl": "Znów będziesz otrzymywać nasze wiadomości. Napisz STOP, aby zrezygnować.",
        "tr": "Mesajlarımızı yeniden alacaksınız. Durdurmak için STOP yazın.",
        "id": "Anda akan menerima pesan kami lagi. Tulis STOP untuk berhenti.",
        "tl": "Makakatanggap ka ulit ng aming mga mensahe. Isulat ang STOP para itigil.",
        "ru": "Вы снова будете получать наши сообщения. Напишите STOP, чтобы отказаться.",
        "ar": "ستصلك رسائلنا من جديد. اكتب STOP لإيقافها.",
        "hi": "आपको हमारे संदेश फिर से मिलेंगे। बंद करने के लिए STOP लिखें।",
        "ja": "メッセージの配信を再開します。停止するには STOP と送信してください。",
        "ko": "메시지를 다시 받으십니다. 중지하려면 ‘STOP’이라고 보내 주세요.",
        "zh": "您将重新收到我们的消息。如需停止，请回复 STOP。",
    },
}


def language_of(locale: str | None, written: str | None) -> str:
    """The person's language, else the one the word was written in, else English."""
    spoken = (locale or "").replace("-", "_").split("_")[0].lower()
    spoken = {"fil": "tl", "in": "id"}.get(spoken, spoken)
    return next((it for it in (spoken, written) if it and it in TEXTS[Keyword.STOP]), FALLBACK)


def text_for(kind: Keyword, language: str, own: Mapping[str, str]) -> str:
    """The brand's own wording in that language, else the built-in one."""
    return own.get(language) or TEXTS[kind].get(language) or TEXTS[kind][FALLBACK]


def refusal(kind: Keyword, text: str, own: Mapping[str, Keyword]) -> Sentence | None:
    """Why a wording cannot be used: it has to name the word that undoes what it confirms."""
    if len(text) > LONGEST:
        return say("Use at most %(n)s characters.", n=LONGEST)
    undoes = Keyword.START if kind is Keyword.STOP else Keyword.STOP
    words = normalised(text).split()
    said = (" ".join(words[at : at + size]) for size in (1, 2, 3) for at in range(len(words)))
    if any(keyword(it, own) is undoes for it in said):
        return None
    return say("Say how to change one's mind: name a word such as %(word)s.", word=undoes.upper())


def mark_of(reply_id: int, epoch: int | None) -> str:
    """Our mark on the message: its echo brings it back and settles an unknown."""
    return mark.written(KEY_PREFIX, Mark(reply_id, epoch))


def mark_in(text: str | None) -> Mark | None:
    return mark.read(KEY_PREFIX, text)

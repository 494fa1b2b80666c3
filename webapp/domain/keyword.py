# ruff: noqa: RUF001  # other alphabets are the matter of this file
"""STOP and START in the words of many languages.

The rule: the whole message has to be the keyword. Case, punctuation, emoji, repetition, stretched
letters and politeness around it do not count ("STOP!!", "s.t.o.p", "stooop", "please stop", "stop
stop"); anything else does, so "unstoppable", "don't stop the music", "stop by the shop tomorrow"
and "where is the bus stop?" are ordinary messages. "Begins with the word" was weighed and left: in
a chat with a shop the first word decides too little ("stop sending the red one, send the blue").
Whole sentences that can only mean it ("stop sending me messages") stand in the tables instead.

Carriers hear STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT and, since 2025, REVOKE and OPT OUT as
a stop, and so do we. "cancel" (cancelar, hủy, ยกเลิก, إلغاء) and "end" may have been about an
order; the confirmation says what happened, and START undoes it, while a stop that was not heard
cannot be made good. "no", "yes" and the everyday words of other languages are left out; a brand
may add its own (`own`), and never take one of these away.

Letters are compared as Unicode folds them (NFKC, case folding): full-width forms, ligatures and
composed accents are the same; the Turkish dotted and dotless i are one letter; Arabic is read
without vowel marks and stretching, its alefs alike. Accents may be left out except in Vietnamese,
where they make another word: there the unmarked spellings that can only mean it are listed. Thai,
Chinese, Japanese and Korean are compared without the spaces between.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum

LONGEST = 80  # characters; a longer message is never a keyword


class Keyword(StrEnum):
    """What a person's message asks for as a whole."""

    STOP = "stop"
    START = "start"


_Meaning = tuple[Keyword, frozenset[str]]  # and the languages it says so in


STOP: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("stop", "stop all", "stopall", "stop it", "stop this", "stop now", "stop messages"),
        *("stop messaging", "stop messaging me", "stop texting me", "stop sending messages"),
        *("stop sending me messages", "unsubscribe", "unsubscribe me", "unsub", "opt out"),
        *("optout", "opt me out", "quit", "remove me", "no more messages", "cancel", "end"),
        *("revoke", "stop spamming me", "stop contacting me", "stop messaging us"),
        *("do not contact me", "don't contact me", "do not message me", "don't message me"),
        *("stop sending me this", "stop sending these", "take me off your list"),
        *("i want to stop", "i want to unsubscribe", "i want to opt out", "i want this to stop"),
    ),
    "fr": (
        *("stop", "stop tout", "arrêter", "arrêtez", "arrête", "arrêt", "désabonner"),
        *("me désabonner", "se désabonner", "désabonnement", "désinscrire", "me désinscrire"),
        *("désinscription", "plus de messages", "ne plus recevoir", "stop messages"),
        *("je ne veux plus recevoir de messages", "ne m'écrivez plus", "stop pub"),
    ),
    "pt": (
        *("parar", "pare", "parem", "pare de enviar", "parar mensagens", "sair", "descadastrar"),
        *("descadastre", "cancelar inscrição", "não quero mais receber", "me remova"),
        *("pare de me enviar mensagens", "não quero mais mensagens", "cancelar subscrição"),
        *("cancelar", "quero parar", "quero cancelar", "quero sair"),
    ),
    "es": (
        *("parar", "pare", "para", "paren", "detener", "detente", "baja", "darme de baja"),
        *("dar de baja", "basta", "no más mensajes", "cancelar suscripción", "no recibir más"),
        *("no quiero más mensajes", "no me escriban más", "dejen de escribirme", "alto"),
        *("cancelar", "quiero parar", "quiero cancelar", "quiero darme de baja"),
    ),
    "th": (
        *("หยุด", "หยุดส่ง", "หยุดส่งข้อความ", "เลิกส่ง", "เลิกติดตาม", "ไม่รับข้อความ"),
        *("ยกเลิกการรับข่าวสาร", "ยกเลิกรับข่าวสาร", "ยกเลิกการสมัคร", "ไม่ต้องส่ง"),
        *("ไม่ต้องส่งมาแล้ว", "ไม่ต้องส่งอีก", "อย่าส่งมาอีก", "หยุดส่งมา"),
        "ยกเลิก",
    ),
    "vi": (
        *("dừng", "dừng lại", "dừng gửi", "dừng tin nhắn", "ngừng", "ngừng gửi", "thôi gửi"),
        *("hủy đăng ký", "huỷ đăng ký", "không nhận nữa", "không nhận tin nữa", "đừng gửi"),
        *("hủy", "huỷ", "hủy bỏ", "huỷ bỏ"),
        *("đừng gửi nữa", "đừng nhắn nữa", "đừng nhắn tin nữa", "huy dang ky", "dung gui nua"),
        *("dung nhan nua", "dung nhan tin nua", "khong nhan tin nua", "ngung gui"),
    ),
    "de": (
        *("stopp", "stop", "abmelden", "mich abmelden", "abbestellen", "aufhören", "austragen"),
        *("keine nachrichten mehr", "bitte keine nachrichten mehr", "nicht mehr schreiben"),
    ),
    "it": (
        *("stop", "ferma", "fermare", "fermati", "basta", "smetti", "disiscrivimi"),
        *("disiscrizione", "annulla iscrizione", "cancellami", "niente più messaggi"),
        *("basta messaggi", "non scrivetemi più"),
    ),
    "nl": (
        *("stop", "stoppen", "afmelden", "uitschrijven", "geen berichten meer", "meld me af"),
        "schrijf me uit",
    ),
    "pl": (
        *("stop", "wypisz", "wypisz mnie", "rezygnuję", "zatrzymaj", "nie piszcie więcej"),
        "nie chcę więcej wiadomości",
    ),
    "tr": (
        *("dur", "durdur", "abonelikten çık", "mesaj gönderme", "iptal", "mesaj atmayın"),
        *("artık mesaj göndermeyin", "abonelikten çıkmak istiyorum", "ret"),
    ),
    "id": (
        *("berhenti", "berhenti berlangganan", "stop", "hentikan", "jangan kirim lagi"),
        "jangan kirim pesan lagi",
    ),
    "tl": ("tigil", "itigil", "huminto", "itigil na", "tigil na", "huwag na magpadala"),
    "ru": (
        *("стоп", "остановить", "отписаться", "отписка", "отпишите меня", "хватит"),
        *("не пишите мне", "не присылайте больше", "прекратите"),
    ),
    "ar": (
        *("إيقاف", "توقف", "أوقف", "أوقفوا", "قف", "إلغاء الاشتراك", "الغ الاشتراك"),
        *("لا ترسلوا", "لا ترسلوا رسائل", "أوقف الرسائل", "إيقاف الرسائل"),
        *("إلغاء", "الغاء"),
    ),
    "hi": (
        *("रोकें", "रोको", "रुको", "रुकें", "बंद करो", "बंद करें", "बन्द करो", "बन्द करें"),
        *("मैसेज बंद करो", "संदेश बंद करें", "मुझे मैसेज मत भेजो", "band karo", "band kare"),
    ),
    "ja": ("停止", "配信停止", "ストップ", "解除", "登録解除", "配信解除", "送らないで"),
    "ko": ("중지", "수신거부", "수신 거부", "그만", "그만 보내", "구독 취소", "보내지 마세요"),
    "zh": (
        *("停止", "退订", "退訂", "取消订阅", "取消訂閱", "停止发送", "停止發送", "别再发了"),
        *("不要再发", "不要再發", "取消关注"),
    ),
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
    "nl": ("starten", "hervatten", "weer aanmelden"),
    "pl": ("wznów", "zapisz mnie"),
    "tr": ("başlat", "yeniden başlat"),
    "id": ("mulai", "mulai lagi"),
    "tl": ("simulan", "magsimula", "simulan muli"),
    "ru": ("старт", "возобновить", "подписаться"),
    "ar": ("ابدأ", "بدء", "استئناف", "اشتراك", "اشترك"),
    "hi": ("शुरू", "शुरू करें", "शुरू करो", "फिर से शुरू करें"),
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
_MARKS_MATTER = frozenset({"vi", "th", "hi", "ja", "ko", "zh"})
_SPACELESS = frozenset({"th", "ja", "ko", "zh"})
NO_WORDS: Mapping[str, Keyword] = {}
_UNSEEN = dict.fromkeys((0xAD, 0xFE0E, 0xFE0F, 0xFEFF, 0x2060, *range(0x200B, 0x2010)))
_ARABIC = {  # without stretching and vowel marks; the alefs, and ya without its dots, are one
    **dict.fromkeys((0x640, 0x670, *range(0x64B, 0x660))),
    **dict.fromkeys((0x622, 0x623, 0x625, 0x671), "\u0627"),
    0x649: "\u064a",
}
_TURKISH = {0x131: "i", 0x307: None}  # its capitals İ and I lose their dots where case is folded
_THAI_PLEASE = "กรุณา"
_THAI_PARTICLES = ("นะครับ", "นะคะ", "ครับ", "ค่ะ", "คะ", "นะ", "ด้วย")


def keyword(text: str | None, own: Mapping[str, Keyword] = NO_WORDS) -> Keyword | None:
    """STOP or START when the whole message is one in any language, else None.

    `own` are a brand's words as `folded` makes them; a built-in word means what it means.
    """
    if not text or len(text) > LONGEST:
        return None
    found = _found(text)
    if found:
        return found[0]
    core = folded(text)
    return next((own[form] for form in (core, *_forms(core)) if form in own), None) if own else None


def language(text: str | None) -> str | None:
    """The language of a keyword, where it is one of a single language."""
    found = _found(text) if text and len(text) <= LONGEST else None
    return min(found[1]) if found and len(found[1]) == 1 else None


def folded(phrase: str) -> str:
    """A phrase as it is compared: normalised, said once, without politeness."""
    words = _once(normalised(phrase).split())
    for polite in _POLITE * 2:  # politeness may stand twice: "please stop, thank you"
        words = _trimmed(words, polite)
    return _without_particle(" ".join(_once(words)))


def normalised(text: str) -> str:
    """Small letters and single spaces; punctuation, symbols and invisible characters gone."""
    plain = unicodedata.normalize("NFKC", text).translate(_UNSEEN).casefold()
    plain = plain.translate(_TURKISH).translate(_ARABIC)
    letters = (" " if unicodedata.category(c)[0] in "PSZC" else c for c in plain)
    return " ".join("".join(letters).split())


def _found(text: str) -> _Meaning | None:
    """Apostrophes part words or are left out: "don't" and "dont" are one."""
    for told in (text, _APOSTROPHES.sub("", text)):
        core = folded(told)
        for form in (core, *_forms(core)):
            if form in _KEYWORDS:
                return _KEYWORDS[form]
        if core.replace(" ", "") in _SPACELESS_KEYWORDS:
            return _SPACELESS_KEYWORDS[core.replace(" ", "")]
    return None


def _forms(core: str) -> tuple[str, ...]:
    """Other ways the same word is typed: spelled out, stretched, Thai's sign of repetition."""
    letters = core.split()
    spelled = "".join(letters) if all(len(letter) == 1 for letter in letters) else core
    return spelled, _STRETCHED.sub(r"\1", core), core.replace("\u0e46", "").strip()


def _once(words: list[str]) -> list[str]:
    return [word for i, word in enumerate(words) if i == 0 or word != words[i - 1]]


def _trimmed(words: list[str], phrase: list[str]) -> list[str]:
    size = len(phrase)
    if words[:size] == phrase:
        words = words[size:]
    return words[:-size] if words[-size:] == phrase else words


def _without_particle(message: str) -> str:
    """Thai writes its politeness onto the word, before it and after it."""
    particle = next((p for p in _THAI_PARTICLES if message.endswith(p)), "")
    return message.removesuffix(particle).removeprefix(_THAI_PLEASE)


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _table(means: Keyword, by_language: Mapping[str, Iterable[str]]) -> dict[str, _Meaning]:
    """Every phrase as it is compared, also without accents where that is not another word."""
    found: dict[str, _Meaning] = {}
    for spoken, phrases in by_language.items():
        for phrase in (form for it in phrases for form in {it, _APOSTROPHES.sub("", it)}):
            core = folded(phrase)
            forms = {core} if spoken in _MARKS_MATTER else {core, _without_marks(core)}
            for form in forms:
                known = found.get(form, (means, frozenset()))[1]
                found[form] = (means, known | {spoken})
    return found


_APOSTROPHES = re.compile("['\u2019\u02bc]")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_POLITE = [normalised(phrase).split() for phrase in POLITE]
_KEYWORDS = {**_table(Keyword.START, START), **_table(Keyword.STOP, STOP)}
_SPACELESS_KEYWORDS = {
    phrase.replace(" ", ""): meaning
    for phrase, meaning in _KEYWORDS.items()
    if meaning[1] & _SPACELESS
}
LANGUAGES = tuple(STOP)

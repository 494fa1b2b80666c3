# ruff: noqa: RUF001  # other alphabets are what is tested
from __future__ import annotations

import pytest

from webapp.domain import keyword
from webapp.domain.keyword import Keyword

STOPS = [
    *("stop", "STOP", "Stop.", " stop!!! ", "STOP STOP", "please stop", "Stop, please.", "stop 🙏"),
    *(
        "stop all",
        "STOPALL",
        "unsubscribe",
        "Opt-out",
        "ｓｔｏｐ",
        "stop\u200b",
        '"stop"',
        "stop ✋️",
    ),
    *("arrêter", "ARRÊTER", "arreter", "arre\u0302ter", "Arrêtez s'il vous plaît", "désabonner"),
    *("pare", "Pare!", "parar", "por favor, parar", "SAIR", "cancelar inscricao"),
    *("baja", "darme de baja", "no más mensajes", "basta"),
    *("หยุด", "หยุดครับ", "หยุดค่ะ", "กรุณา หยุด", "ยกเลิกการรับข่าวสาร"),
    *("dừng", "Dừng lại", "DỪNG", "du\u031b\u0300ng", "làm ơn dừng", "hủy đăng ký"),
    *("Stopp", "bitte abmelden", "ferma", "disiscrivimi", "afmelden", "berhenti", "стоп", "停止"),
]
STOPS += [
    *("cancel", "END", "Revoke.", "S.T.O.P", "s t o p", "stooooop", "STOPPPP!", "don’t message me"),
    *(
        "DONT MESSAGE ME",
        "stop sending me messages",
        "İPTAL",
        "DURDUR",
        "ABONELİKTEN ÇIK",
        "ＤＵＲ",
    ),
    *("ABONELIKTEN CIK", "หยุด ส่ง ข้อความ", "หยุดๆ", "หยุดส่ง\u200bข้อความ", "huy dang ky"),
    *("Đừng gửi nữa nhé", "إِيقَاف", "ايقـــاف", "أوقف الرسائل", "الغاء الاشتراك", "बंद करो!"),
    *("बंद करें", "रोकें", "退 订", "수신거부", "停\u3000止", "ＵＮＳＵＢＳＣＲＩＢＥ", "ﬆop"),
]
STOPS += [
    *("hủy", "HỦY!", "huỷ", "hu\u0309y", "hủy ạ", "ยกเลิก", "ยกเลิกครับ", "กรุณายกเลิก", "กรุณาหยุดครับ"),
    *("إلغاء", "الغاء", "إِلْغَاء", "من فضلك إلغاء", "cancelar", "Cancelar, por favor", "CANCELAR"),
    *("I want to stop", "i want to stop!!", "i want to stop please", "I want to unsubscribe"),
]
STARTS = ["start", "START!", "please start", "unstop", "reprendre", "começar", "recomecar"]
STARTS += ["empezar", "เริ่ม", "bắt đầu", "starten", "inizia"]
STARTS += ["ابدأ", "शुरू करें", "再開", "재개", "恢复", "başlat", "BAŞLAT", "simulan"]
OTHERS = [
    *("stop by the shop tomorrow", "Stop sending the red one, send the blue", "I cannot stop"),
    *("the end", "cancel my order please", "weekend", "can you cancel?", "bus stop", "stops"),
    *("huy", "Huy", "hủy đơn hàng", "phá hủy", "ยกเลิกออเดอร์", "ยกเลิกได้ไหม", "إلغاء الطلب"),
    *("cancelar pedido", "quiero cancelar mi pedido", "cancelaron", "no cancelar", "não cancelar"),
    *("i want to stop by", "I want to stop by the shop", "i want to stop smoking"),
    *("i don't want to stop", "don't stop sending", "please don't stop", "never stop"),
    *("yes", "devam", "dung roi", "đúng rồi", "continue", "aa", "ss", "หยุดกี่วัน", "停止营业了吗"),
    *("unstoppable", "stopped", "nonstop", "don't stop the music", "don't stop", "can't stop"),
    *("stop by tomorrow?", "where is the bus stop", "stop start", "one stop shop", "stop-motion"),
    *("no", "no thanks", "please", "thank you", "merci", "", "   ", "?", "🛑"),
    *("arrêt de bus", "parece bom", "para mí", "compare", "aparar", "หยุดยาว", "đúng", "dung"),
    *("restart my router", "get started", "start time?", "starter", "let's start"),
    "stop " * 40,
    None,
]


@pytest.mark.parametrize("text", STOPS)
def test_a_stop_in_any_language_is_heard(text: str) -> None:
    assert keyword.keyword(text) is Keyword.STOP


@pytest.mark.parametrize("text", STARTS)
def test_a_start_in_any_language_is_heard(text: str) -> None:
    assert keyword.keyword(text) is Keyword.START


@pytest.mark.parametrize("text", OTHERS)
def test_an_ordinary_message_is_no_keyword(text: str | None) -> None:
    assert keyword.keyword(text) is None


def test_every_word_of_the_tables_is_heard_as_itself() -> None:
    for table, meaning in ((keyword.STOP, Keyword.STOP), (keyword.START, Keyword.START)):
        for phrase in (phrase for phrases in table.values() for phrase in phrases):
            assert keyword.keyword(phrase) is meaning, phrase
            assert keyword.keyword(f"{phrase.upper()}!") is meaning, phrase


def test_no_phrase_means_both() -> None:
    stops = {keyword.normalised(p) for phrases in keyword.STOP.values() for p in phrases}
    starts = {keyword.normalised(p) for phrases in keyword.START.values() for p in phrases}
    assert not stops & starts


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(("arrêter", "fr"), ("dừng lại", "vi"), ("退订", "zh"), ("stop", None), ("hello", None)),
        *(("रोकें", "hi"), ("أوقف", "ar"), ("หยุดส่ง", "th"), (None, None)),
    ],
)
def test_a_word_of_one_language_tells_it(text: str | None, language: str | None) -> None:
    assert keyword.language(text) == language


OWN = {keyword.folded("No roses!"): Keyword.STOP, keyword.folded("stop"): Keyword.START}


def test_a_brands_own_word_is_heard_as_a_whole_message() -> None:
    assert keyword.keyword("NO ROSES, please", OWN) is Keyword.STOP
    assert keyword.keyword("no roses today") is None
    assert keyword.keyword("no roses today", OWN) is None


def test_no_brand_takes_the_built_in_stop_away() -> None:
    assert keyword.keyword("Stop", OWN) is Keyword.STOP

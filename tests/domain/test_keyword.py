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
STARTS = ["start", "START!", "please start", "unstop", "reprendre", "começar", "recomecar"]
STARTS += ["empezar", "เริ่ม", "bắt đầu", "starten", "inizia"]
OTHERS = [
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

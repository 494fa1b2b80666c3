"""Stop and start in the settings: own words, own confirmations, and the switch."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.views.conftest import SignIn
from webapp.domain.keyword import Keyword
from webapp.house import House
from webapp.store import replies

HERE = "/b/rosewood/settings/replies"


def test_an_own_word_is_added_and_taken_away(client: SignIn, house: House, cast: Cast) -> None:
    browser = client("editor")
    browser.post(f"{HERE}/words", {"phrase": "No roses!", "means": "stop"})
    assert "No roses!" in browser.get(f"{HERE}/").text
    with house.db.reader(cast.rosewood) as session:
        assert replies.meanings(session, cast.rosewood) == {"no roses": Keyword.STOP}
        (word,) = replies.words(session)
    browser.post(f"{HERE}/words/{word.id}/removal")
    with house.db.reader(cast.rosewood) as session:
        assert replies.words(session) == []


@pytest.mark.parametrize(
    ("phrase", "means", "reason"),
    [
        ("STOP", "start", "means stop already"),
        ("start", "stop", "means start already"),
        ("!!!", "stop", "with letters or digits"),
        ("", "stop", "Fill this in"),
        ("please", "stop", "with letters or digits"),
        ("x" * 61, "stop", "at most 60"),
        ("roses", "maybe", "Choose one"),
    ],
)
def test_a_word_that_cannot_be_is_refused_with_its_reason(
    client: SignIn, phrase: str, means: str, reason: str
) -> None:
    answer = client("editor").post(f"{HERE}/words", {"phrase": phrase, "means": means})
    assert answer.status_code == 422
    assert reason in answer.text


def test_the_same_word_twice_is_refused(client: SignIn) -> None:
    browser = client("editor")
    browser.post(f"{HERE}/words", {"phrase": "No roses"})
    assert "in the list already" in browser.post(f"{HERE}/words", {"phrase": "NO  roses?"}).text


def test_a_confirmation_is_worded_and_given_back(client: SignIn, house: House, cast: Cast) -> None:
    browser = client("editor")
    browser.post(f"{HERE}/texts/fr", {"stop": "C'est fini. START pour revenir.", "start": ""})
    assert "C&#39;est fini." in browser.get(f"{HERE}/").text
    browser.post(f"{HERE}/texts/fr", {"stop": "", "start": ""})
    with house.db.reader(cast.rosewood) as session:
        assert replies.own_texts(session, Keyword.STOP) == {}


def test_a_confirmation_has_to_say_how_to_come_back(client: SignIn) -> None:
    answer = client("editor").post(f"{HERE}/texts/en", {"stop": "Goodbye.", "start": ""})
    assert answer.status_code == 422
    assert "name a word such as START" in answer.text
    own = {"stop": "Adieu. Écrivez reprendre pour revenir.", "start": ""}
    assert client("editor").post(f"{HERE}/texts/fr", own).status_code == 303


def test_an_unknown_language_is_not_found(client: SignIn) -> None:
    assert client("editor").get(f"{HERE}/texts/tlh").status_code == 404
    assert client("editor").post(f"{HERE}/texts/tlh", {}).status_code == 404


def test_only_an_admin_turns_the_confirmation_off(client: SignIn, house: House, cast: Cast) -> None:
    assert client("editor").post(f"{HERE}/confirmation").status_code == 403
    client("admin").post(f"{HERE}/confirmation")
    with house.db.reader(cast.rosewood) as session:
        assert not replies.confirms(session)
    client("admin").post(f"{HERE}/confirmation", {"confirms": "1"})
    with house.db.reader(cast.rosewood) as session:
        assert replies.confirms(session)

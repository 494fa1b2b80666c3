"""A brand's own words for stop and start, and how it answers them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from webapp import db
from webapp.domain import confirmation, errors, keyword
from webapp.domain.keyword import Keyword
from webapp.domain.permission import Actor
from webapp.domain.wording import Sentence, say
from webapp.models.reply import OwnWord
from webapp.store import audits
from webapp.store import replies as store

LONGEST_WORD = 60


def turn(session: Session, actor: Actor, *, on: bool, now: datetime) -> None:
    """Whether stops and starts are confirmed. They are heard in any case."""
    actor.require("brand.edit")
    brand_id = db.brand_of(session)
    store.set_confirms(session, brand_id, on=on)
    audits.add(session, actor, brand_id, "reply.turn", None, now, on=on)
    session.commit()


def add_word(session: Session, actor: Actor, means: Keyword, phrase: str, now: datetime) -> OwnWord:
    """Raises Invalid (`phrase`) for what cannot be a word, or means something already."""
    actor.require("topic.edit")
    brand_id, folded = db.brand_of(session), keyword.folded(phrase)
    wrong = _wrong(phrase, folded, store.meanings(session, brand_id))
    if wrong is not None:
        raise errors.Invalid({"phrase": [wrong]})
    row = OwnWord(
        brand_id=brand_id, means=means.value, phrase=phrase, folded=folded, created_at=now
    )
    session.add(row)
    session.flush()
    audits.add(session, actor, brand_id, "word.add", row.id, now, phrase=phrase, means=means.value)
    session.commit()
    return row


def remove_word(session: Session, actor: Actor, word_id: int, now: datetime) -> None:
    """Only a brand's own word: the built-in ones are in no table."""
    actor.require("topic.edit")
    row = store.word(session, word_id)
    if row is None:
        raise errors.NotFound("word", word_id)
    session.delete(row)
    audits.add(session, actor, row.brand_id, "word.remove", word_id, now, phrase=row.phrase)
    session.commit()


def reword(
    session: Session, actor: Actor, language: str, texts: Mapping[Keyword, str], now: datetime
) -> None:
    """An empty text brings the built-in one back. Raises Invalid by `stop` and `start`."""
    actor.require("topic.edit")
    brand_id = db.brand_of(session)
    own = store.meanings(session, brand_id)
    given = {kind: text.strip() for kind, text in texts.items()}
    wrong = {
        kind.value: [reason]
        for kind, text in given.items()
        if text and (reason := confirmation.refusal(kind, text, own))
    }
    if wrong:
        raise errors.Invalid(wrong)
    for kind, text in given.items():
        same = text == confirmation.TEXTS[kind][language]
        store.set_own_text(session, brand_id, kind, language, None if same else text or None)
    audits.add(session, actor, brand_id, "reply.text", None, now, language=language)
    session.commit()


def _wrong(phrase: str, folded: str, own: Mapping[str, Keyword]) -> Sentence | None:
    if not folded or len(phrase) > LONGEST_WORD or len(folded) > 2 * LONGEST_WORD:
        return say("Write a word or a short phrase, with letters or digits.")
    if keyword.keyword(phrase) is Keyword.STOP:
        return say("This means stop already, in every brand.")
    if keyword.keyword(phrase) is Keyword.START:
        return say("This means start already, in every brand.")
    return say("This word is in the list already.") if folded in own else None

"""Which words stop and start the messages of a brand, and how it answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain import confirmation, errors
from webapp.domain.errors import Invalid
from webapp.domain.keyword import STOP, Keyword
from webapp.domain.wording import Sentence, say
from webapp.forms import reading
from webapp.forms.replies import TextsForm, TurnForm, WordForm
from webapp.services import replies as keeping
from webapp.store import replies
from webapp.views import access, formats, htmx, language, notices

blueprint = Blueprint("replies", __name__, url_prefix="/b/<brand_slug>/settings/replies")


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    return _page({})


@blueprint.post("/confirmation")
@access.brand_screen("brand.edit")
def turn() -> Response:
    asking = access.current()
    on = reading.read(TurnForm, request.form).confirms
    keeping.turn(asking.session, asking.actor, on=on, now=asking.now)
    notices.tell(
        say("Whoever writes STOP or START gets an answer.")
        if on
        else say("Nobody gets an answer to STOP or START. They are heard all the same.")
    )
    return htmx.redirect(url_for(".index"))


@blueprint.post("/words")
@access.brand_screen("topic.edit")
def add() -> Response:
    asking = access.current()
    try:
        form = reading.read(WordForm, request.form)
        keeping.add_word(asking.session, asking.actor, Keyword(form.means), form.phrase, asking.now)
    except Invalid as refused:
        return _page(refused.errors, htmx.UNPROCESSABLE)
    notices.tell(say("The word is heard from now on."))
    return htmx.redirect(url_for(".index"))


@blueprint.post("/words/<int:word_id>/removal")
@access.brand_screen("topic.edit")
def remove(word_id: int) -> Response:
    asking = access.current()
    keeping.remove_word(asking.session, asking.actor, word_id, asking.now)
    notices.tell(say("The word is no longer heard. What it stopped stays stopped."))
    return htmx.redirect(url_for(".index"))


@blueprint.get("/texts/<spoken>")
@access.brand_screen("topic.edit")
def edit(spoken: str) -> Response:
    return _form(spoken, _texts()[_known(spoken)], {})


@blueprint.post("/texts/<spoken>")
@access.brand_screen("topic.edit")
def update(spoken: str) -> Response:
    asking = access.current()
    try:
        form = reading.read(TextsForm, request.form)
        texts = {Keyword.STOP: form.stop, Keyword.START: form.start}
        keeping.reword(asking.session, asking.actor, _known(spoken), texts, asking.now)
    except Invalid as refused:
        return _form(spoken, request.form, refused.errors, htmx.UNPROCESSABLE)
    notices.tell(say("The confirmation is saved."))
    return htmx.redirect(url_for(".index"))


def _known(spoken: str) -> str:
    if spoken not in confirmation.TEXTS[Keyword.STOP]:
        raise errors.NotFound("language", spoken)
    return spoken


def _texts() -> dict[str, dict[str, Any]]:
    """By language, what goes out now; `own` where the brand wrote it itself."""
    session = access.current().session
    own = {kind: replies.own_texts(session, kind) for kind in Keyword}
    return {
        spoken: {
            **{kind.value: confirmation.text_for(kind, spoken, own[kind]) for kind in Keyword},
            "own": any(spoken in texts for texts in own.values()),
            "name": formats.language_name(spoken, language.locale()),
        }
        for spoken in confirmation.TEXTS[Keyword.STOP]
    }


def _page(found: Mapping[str, list[Sentence]], status: int = 200) -> Response:
    session = access.current().session
    return htmx.render(
        "replies/index.html",
        status=status,
        confirms=replies.confirms(session),
        words=replies.words(session),
        texts=_texts(),
        built_in={spoken: phrases[:6] for spoken, phrases in STOP.items()},
        errors=found,
        given=request.form,
    )


def _form(
    spoken: str, values: Mapping[str, Any], found: Mapping[str, list[Sentence]], status: int = 200
) -> Response:
    return htmx.render(
        "replies/edit.html",
        "form" if found else None,
        status=status,
        spoken=spoken,
        name=formats.language_name(spoken, language.locale()),
        values=values,
        errors=found,
        limit=confirmation.LONGEST,
    )

"""What people can opt in to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Conflict, Invalid
from webapp.domain.wording import Sentence, say
from webapp.forms import reading
from webapp.forms.topics import TopicForm
from webapp.services import topics as keeping
from webapp.store import topics
from webapp.views import access, htmx, notices

blueprint = Blueprint("topics", __name__, url_prefix="/b/<brand_slug>/settings/topics")


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    session = access.current().session
    people = {topic: n for (topic, state), n in topics.counts(session).items() if state == "active"}
    return htmx.render("topics/index.html", topics=topics.all_of(session), people=people)


@blueprint.get("/new")
@access.brand_screen("topic.edit")
def new() -> Response:
    return _form(None, {})


@blueprint.post("/")
@access.brand_screen("topic.edit")
def create() -> Response:
    asking = access.current()
    try:
        form = reading.read(TopicForm, request.form)
        keeping.add(asking.session, asking.actor, form.name, form.wording, asking.now)
    except Invalid as refused:
        return _refused(None, refused.errors)
    except Conflict as known:
        return _refused(None, {"name": [known.sentence]})
    notices.tell(say("The topic is made. People can opt in to it now."))
    return htmx.redirect(url_for("topics.index"))


@blueprint.get("/<int:topic_id>")
@access.brand_screen("topic.edit")
def edit(topic_id: int) -> Response:
    found = keeping.found(access.current().session, topic_id)
    return _form(topic_id, found.model_dump())


@blueprint.post("/<int:topic_id>")
@access.brand_screen("topic.edit")
def update(topic_id: int) -> Response:
    asking = access.current()
    try:
        form = reading.read(TopicForm, request.form)
    except Invalid as refused:
        return _refused(topic_id, refused.errors)
    keeping.reword(asking.session, asking.actor, topic_id, form.name, form.wording, asking.now)
    notices.tell(say("The topic is saved. Earlier opt-ins keep the wording they were given with."))
    return htmx.redirect(url_for("topics.index"))


@blueprint.post("/<int:topic_id>/archive")
@access.brand_screen("topic.edit")
def archive(topic_id: int) -> Response:
    asking = access.current()
    keeping.archive(asking.session, asking.actor, topic_id, asking.now)
    notices.tell(say("The topic is put away. Its opt-ins stay on record."))
    return htmx.redirect(url_for("topics.index"))


def _form(topic_id: int | None, values: Mapping[str, object]) -> Response:
    return htmx.render("topics/edit.html", "form", **_about(topic_id, values), errors={})


def _refused(topic_id: int | None, errors: Mapping[str, list[Sentence]]) -> Response:
    return htmx.invalid("topics/edit.html", "form", **_about(topic_id, request.form), errors=errors)


def _about(topic_id: int | None, values: Mapping[str, object]) -> dict[str, Any]:
    session = access.current().session
    versions = topics.wordings(session, [topic_id]) if topic_id else []
    return {
        "topic_id": topic_id,
        "values": values,
        "versions": versions,
        "beginning": topics.FROM_THE_BEGINNING,
    }

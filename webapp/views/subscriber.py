"""One person's page: what is known, when and why we may write, what happened, and their wishes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Invalid
from webapp.domain.subscriber import AttributeValue
from webapp.domain.wording import Sentence, say
from webapp.forms import reading
from webapp.forms.subscribers import MomentForm, NoteForm, TagForm
from webapp.models.opt_in import Topic
from webapp.services import dossiers, explaining, reasons, receipts, tagging
from webapp.services import subscribers as people
from webapp.services.explaining import Grounds
from webapp.store import attributes, tags, timelines, topics
from webapp.store.timelines import Moment
from webapp.views import access, event_words, htmx, language, notices, subscriber_reach

MOMENTS = 30

blueprint = Blueprint(
    "subscriber", __name__, url_prefix="/b/<brand_slug>/subscribers/<int:subscriber_id>"
)


@blueprint.get("/")
@access.brand_screen("view")
def show(subscriber_id: int) -> Response:
    return _page(subscriber_id, {})


@blueprint.get("/timeline")
@access.brand_screen("view")
def timeline(subscriber_id: int) -> Response:
    """Older moments: a page of its own, and the next piece of the list for htmx."""
    session = access.current().session
    return htmx.render(
        "subscribers/timeline.html",
        "moments",
        person=people.found(session, subscriber_id),
        **_moments(subscriber_id, _before()),
    )


@blueprint.get("/explanation")
@access.brand_screen("view")
def explanation(subscriber_id: int) -> Response:
    """Any kind at any time: a page of its own, and the form with its answer for htmx."""
    asking = access.current()
    person = people.found(asking.session, subscriber_id)
    known = explaining.grounds(asking.session, person, asking.house.book, asking.now)
    called = topics.all_of(asking.session, archived=True)
    shown = {**_reach(known), **_form(known, called), "given": request.args, "errors": {}}
    try:
        form = reading.read(MomentForm, request.args)
        at = form.at() or asking.now
        topic = form.topic_of({row.slug: row for row in called})
        found = explaining.explain(known, form.kind_, at, asking.now, topic)
    except Invalid as refused:
        shown["errors"] = refused.errors
        return htmx.invalid("subscribers/explanation.html", "asked", **shown)
    shown |= {"asked_at": at.astimezone(language.zone()), "found": found, "note": form.note()}
    return htmx.render("subscribers/explanation.html", "asked", **shown)


@blueprint.post("/tags")
@access.brand_screen("subscriber.edit")
def tag(subscriber_id: int) -> Response:
    asking = access.current()
    try:
        name = reading.read(TagForm, request.form).tag
        tagging.put(asking.session, asking.actor, subscriber_id, name, asking.now)
    except Invalid as refused:
        return _page(subscriber_id, refused.errors, block="tags", status=htmx.UNPROCESSABLE)
    return _tags_again(subscriber_id)


@blueprint.post("/tags/removal")
@access.brand_screen("subscriber.edit")
def untag(subscriber_id: int) -> Response:
    asking = access.current()
    name = request.form.get("tag", "")
    tagging.take(asking.session, asking.actor, subscriber_id, name, asking.now)
    return _tags_again(subscriber_id)


@blueprint.post("/attributes")
@access.brand_screen("subscriber.edit")
def describe(subscriber_id: int) -> Response:
    asking = access.current()
    given = {name.removeprefix("attr-"): text for name, text in request.form.items()}
    try:
        people.describe(asking.session, asking.actor, subscriber_id, given, asking.now)
    except Invalid as refused:
        errors = {f"attr-{name}": found for name, found in refused.errors.items()}
        return _page(subscriber_id, errors, block="attributes", status=htmx.UNPROCESSABLE)
    notices.tell(say("What is known of this person is saved."))
    return htmx.redirect(url_for(".show", subscriber_id=subscriber_id))


@blueprint.post("/stop")
@access.brand_screen("subscriber.edit")
def stop(subscriber_id: int) -> Response:
    asking = access.current()
    evidence = reading.read(NoteForm, request.form).evidence
    people.stop_all(asking.session, asking.actor, subscriber_id, evidence, asking.now)
    notices.tell(say("This person gets no more messages until they ask for them again."))
    return htmx.redirect(url_for(".show", subscriber_id=subscriber_id))


@blueprint.post("/export")
@access.brand_screen("subscriber.export")
def export(subscriber_id: int) -> Response:
    """A POST, because the audit log keeps who took the data out."""
    asking = access.current()
    found = dossiers.export(asking.session, asking.actor, subscriber_id, asking.now)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    answer = Response(text, mimetype="application/json")
    name = f"subscriber-{subscriber_id}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("/erasure")
@access.brand_screen("subscriber.erase")
def erase(subscriber_id: int) -> Response:
    asking = access.current()
    vault = asking.house.vault
    people.erase(asking.session, asking.actor, vault, subscriber_id, asking.now)
    notices.tell(say("This person is erased. No import brings them back."))
    return htmx.redirect(url_for("subscribers.index"))


def _tags_again(subscriber_id: int) -> Response:
    if htmx.is_fragment():
        return _page(subscriber_id, {}, block="tags")
    return htmx.redirect(url_for(".show", subscriber_id=subscriber_id))


def _page(
    subscriber_id: int,
    errors: Mapping[str, Sequence[Sentence]],
    block: str | None = None,
    status: int = 200,
) -> Response:
    asking = access.current()
    session = asking.session
    person = people.found(session, subscriber_id)
    held = attributes.of(session, [subscriber_id])
    called = topics.all_of(session, archived=True)
    by_id = {row.id: row for row in called}
    known = explaining.grounds(session, person, asking.house.book, asking.now)
    return htmx.render(
        "subscribers/show.html",
        block,
        status=status,
        errors=errors,
        given=request.form,
        tags=sorted(tags.of(session, [subscriber_id]).get(subscriber_id, ())),
        every_tag=tags.names(session),
        attributes=attributes.all_of(session),
        values={name: _text(value) for name, value in held.get(subscriber_id, {}).items()},
        consents=list(known.consents.values()),
        ledger=list(reversed(receipts.lines(session, subscriber_id))),
        next_sends=receipts.next_sends(session, subscriber_id, asking.house.book, asking.now),
        topics=by_id,
        explanations=explaining.every_kind(known, by_id, asking.now),
        **_reach(known),
        **_form(known, called),
        **_moments(subscriber_id, None),
    )


def _reach(known: Grounds) -> dict[str, Any]:
    """What every explanation on a page is drawn with."""
    return {
        "person": known.person,
        "channel": known.channel,
        "strip": subscriber_reach.strip,
        "theirs": subscriber_reach.clock_of(known.person.timezone),
    }


def _form(known: Grounds, called: Sequence[Topic]) -> dict[str, Any]:
    """What the form of a question offers: topics in use or once asked about, and now."""
    offered = [it for it in called if it.archived_at is None or it.id in known.consents]
    return {
        "topic_choices": [(it.slug, it.name) for it in offered],
        "asked_at": access.current().now.astimezone(language.zone()),
        "found": None,
    }


def _moments(subscriber_id: int, before: datetime | None) -> dict[str, Any]:
    session = access.current().session
    found = timelines.of(session, subscriber_id, before, MOMENTS + 1)
    return {
        "moments": [(it, event_words.say_moment(it), _why(it)) for it in found[:MOMENTS]],
        "older": found[MOMENTS - 1].at if len(found) > MOMENTS else None,
    }


def _why(moment: Moment) -> Sentence | None:
    """Why a delivery did not reach them: the rule as it was then, else the platform's answer."""
    row = moment.delivery
    if row is None or row.reason is None:
        return None
    rule = access.current().house.book.rule(row.reason, moment.at)
    explained = reasons.of_row(row, {})
    return rule.sentence if rule else explained.words if explained else None


def _before() -> datetime | None:
    try:
        at = datetime.fromisoformat(request.args.get("before", ""))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _text(value: AttributeValue) -> str:
    """As it may be typed in again."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " | ".join(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else str(value)

"""A person's receipt of consent: a page to print, a PDF and a JSON to hand out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, Response

from webapp.charts import receipt as paper
from webapp.domain.receipt import ACTS, SOURCES, Line, Receipt, sentence
from webapp.domain.wording import Sentence, say
from webapp.services import receipts
from webapp.views import access, formats, htmx, language

blueprint = Blueprint(
    "receipts", __name__, url_prefix="/b/<brand_slug>/subscribers/<int:subscriber_id>/receipt"
)


@blueprint.get("/")
@access.brand_screen("view")
def show(subscriber_id: int) -> Response:
    asking = access.current()
    made = receipts.of(asking.session, subscriber_id, asking.now)
    said = [(line, sentence(line, made.name)) for line in made.lines]
    return htmx.render("receipts/show.html", receipt=made, said=said, sources=SOURCES, acts=ACTS)


@blueprint.post("/pdf")
@access.brand_screen("subscriber.export")
def pdf(subscriber_id: int) -> Response:
    """A POST, because the audit log keeps who took it out."""
    made = _handed_out(subscriber_id)
    entries = [paper.Entry(_when(line), _said(line, made), [*_facts(line)]) for line in made.lines]
    title = _words(say("Receipt of consent: %(name)s", name=made.name or made.person_key))
    drawn = paper.pdf(title, [_words(it) for it in _about(made)], entries, title)
    return _download(Response(drawn, mimetype="application/pdf"), subscriber_id, "pdf")


@blueprint.post("/json")
@access.brand_screen("subscriber.export")
def data(subscriber_id: int) -> Response:
    text = json.dumps(receipts.as_json(_handed_out(subscriber_id)), ensure_ascii=False, indent=2)
    return _download(Response(text, mimetype="application/json"), subscriber_id, "json")


def _handed_out(subscriber_id: int) -> Receipt:
    asking = access.current()
    return receipts.handed_out(asking.session, asking.actor, subscriber_id, asking.now)


def _about(made: Receipt) -> Iterator[Sentence]:
    yield say(
        "%(brand)s, %(channel)s, id %(key)s. Made on %(when)s.",
        brand=made.brand,
        channel=made.channel,
        key=made.person_key,
        when=made.made_at,
    )
    if not made.lines:
        yield say("No act of consent is on record.")
    elif made.whole:
        yield say("Every act fits the one before it: nothing was changed or taken out.")
    else:
        yield say("At least one act does not fit the one before it: see below.")
    if made.lines:
        yield say("Seal: %(hash)s", hash=made.seal)


def _facts(line: Line) -> Iterator[tuple[str, str]]:
    yield _words(say("How we know")), _words(SOURCES[line.source])
    if line.wording:
        yield _words(say("What was shown")), line.wording
    if line.evidence:
        yield _words(say("Evidence")), line.evidence
    if line.token:
        yield _words(say("Token")), line.token
    if line.token_expires_at:
        yield _words(say("Valid until")), _time(line.token_expires_at)
    if line.confirmed_at:
        yield _words(say("Confirmed to them")), _time(line.confirmed_at)
    yield _words(say("Written down")), _time(line.recorded_at)
    yield _words(say("Proof")), line.hash
    if not line.whole:
        yield _words(say("Broken")), _words(say("This act does not fit the one before it."))


def _said(line: Line, made: Receipt) -> str:
    return _words(sentence(line, made.name))


def _when(line: Line) -> str:
    return _time(line.at)


def _time(at: datetime) -> str:
    return formats.when(at, language.locale(), language.zone())


def _words(said: Sentence) -> str:
    return language.translate(said)


def _download(answer: Response, subscriber_id: int, form: str) -> Response:
    name = f"consent-receipt-{subscriber_id}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

"""What is known of one person: windows, consents, events, and why we may (not) write to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page, PageQuery
from webapp.api.schemas.people import (
    Consent,
    Consents,
    Event,
    Explanation,
    ExplanationQuery,
    LegalRoute,
    OptIn,
    Receipt,
    Stretch,
    Verdict,
    Window,
    Windows,
)
from webapp.domain import proof
from webapp.domain.broadcast import Kind
from webapp.domain.errors import Invalid
from webapp.domain.policy import changing, timeline
from webapp.domain.policy.verdict import Decision
from webapp.domain.policy.verdict import Verdict as Said
from webapp.domain.receipt import Line
from webapp.domain.wording import say
from webapp.models.opt_in import Topic
from webapp.services import explaining, receipts
from webapp.services import subscribers as keeping
from webapp.store import consents, timelines, topics

table = Table("subscribers")
STANDS = {"state", "since", "opt_in_id", "token_expires_at", "last_used_at"}


@table.get("/subscribers/{subscriber_id}/windows", "view", answers=Windows)
def windows(call: Call, subscriber_id: int) -> Windows:
    """The person's messaging window on their channel, open or over."""
    person = keeping.found(call.session, subscriber_id)
    ends = person.window_ends_at
    found = Window(
        opener=person.window_opener,
        opened_at=person.window_opened_at,
        ends_at=ends,
        open=ends is not None and ends > call.now,
    )
    return Windows(
        at=call.now,
        items=[found] if person.window_opened_at or ends else [],
        free_entry_ends_at=person.free_entry_ends_at,
    )


@table.get("/subscribers/{subscriber_id}/opt-ins", "view", answers=Page[OptIn], query=PageQuery)
def opt_ins(call: Call, subscriber_id: int, query: PageQuery) -> Page[OptIn]:
    """The person's ledger of consent, oldest first; tokens are answered by their ends."""
    keeping.found(call.session, subscriber_id)
    slugs = _slugs(call)
    found = receipts.lines(call.session, subscriber_id)
    rows, cursor = cursors.of_all(found, query, lambda row: row.id)
    return Page(items=[_act(row, slugs) for row in rows], next_cursor=cursor)


@table.get("/subscribers/{subscriber_id}/consents", "view", answers=Consents)
def stands(call: Call, subscriber_id: int) -> Consents:
    """Where the person stands on each topic, and when its token may be used next."""
    person, slugs = keeping.found(call.session, subscriber_id), _slugs(call)
    later = receipts.next_sends(call.session, subscriber_id, call.house.book, call.now)
    items = [
        Consent(
            topic=slugs[row.topic_id],
            token=proof.masked(row.token) if row.token else None,
            next_send_at=later.get(row.topic_id),
            **row.model_dump(include=STANDS),
        )
        for row in consents.standing_rows(call.session, subscriber_id)
    ]
    return Consents(at=call.now, stopped_at=person.opted_out_at, items=items)


@table.get("/subscribers/{subscriber_id}/receipt", "view", answers=Receipt)
def receipt(call: Call, subscriber_id: int) -> Receipt:
    """All the person's consents as one document that can be checked without us."""
    made = receipts.of(call.session, subscriber_id, call.now)
    return Receipt.model_validate(receipts.as_json(made))


def _act(line: Line, slugs: Mapping[int | None, str]) -> OptIn:
    values = {**asdict(line), "topic": slugs.get(line.topic_id), "topic_name": line.topic}
    return OptIn.model_validate(values)


def _slugs(call: Call) -> dict[int | None, str]:
    return {row.id: row.slug for row in topics.all_of(call.session, archived=True)}


@table.get("/subscribers/{subscriber_id}/events", "view", answers=Page[Event], query=PageQuery)
def happened(call: Call, subscriber_id: int, query: PageQuery) -> Page[Event]:
    """What happened with the person, in the order it became known."""
    keeping.found(call.session, subscriber_id)
    after = cursors.after_id(query)
    found = timelines.events_after(call.session, subscriber_id, after, query.limit + 1)
    rows, cursor = cursors.cut(found, query.limit, lambda row: [row.id])
    return Page(items=[Event.model_validate(row) for row in rows], next_cursor=cursor)


@table.get(
    "/subscribers/{subscriber_id}/explanation", "view", answers=Explanation, query=ExplanationQuery
)
def explanation(call: Call, subscriber_id: int, query: ExplanationQuery) -> Explanation:
    """Why we may (not) send this person this kind of message then, with every rule's verdict, and
    what the 14 days after that bring."""
    person = keeping.found(call.session, subscriber_id)
    kind, at = Kind(query.kind), query.at or call.now
    known = explaining.grounds(call.session, person, call.house.book, call.now)
    found = explaining.explain(known, kind, at, call.now, _topic(call, query, kind))
    decision = found.decision
    return Explanation(
        at=at,
        kind=kind.value,
        topic=found.topic.slug if found.topic else None,
        allowed=decision.allowed,
        held=decision.held,
        route=decision.route.value,
        routes=_routes(decision),
        reason=_said(found, decision.reason),
        changes=str(found.changes),
        changes_at=found.changes_at,
        price_micros=decision.price_micros,
        next_legal_at=found.next_legal_at,
        timeline=[_stretch(stretch) for stretch in found.timeline],
        remarks=[str(remark) for remark in found.remarks],
        verdicts=[_said(found, verdict) for verdict in decision.verdicts],
        rulebook=call.house.book.version,
    )


def _topic(call: Call, query: ExplanationQuery, kind: Kind) -> Topic | None:
    if kind is not Kind.SUBSCRIPTION:
        return None
    if query.topic is None:
        raise Invalid({"topic": [say("Name the topic by its slug.")]})
    row = topics.by_slug(call.session, query.topic)
    if row is None:
        raise Invalid({"topic": [say("This brand has no topic %(slug)s.", slug=query.topic)]})
    return row


def _routes(decision: Decision) -> list[LegalRoute]:
    """A kind has one route, so the chosen one's price is the only one there is to tell."""
    chosen = {decision.route: decision.price_micros}
    return [LegalRoute(route=it.value, price_micros=chosen.get(it)) for it in decision.routes]


def _said(found: explaining.Explanation, verdict: Said) -> Verdict:
    return Verdict(
        rule=verdict.rule_id,
        stance=verdict.stance.value,
        sentence=str(verdict.sentence),
        source=verdict.source,
        confidence=verdict.confidence.value,
        until=verdict.until.value,
        changes=str(changing.words(verdict.until, verdict.rule_ends_on)),
        changes_at=found.end_of(verdict),
    )


def _stretch(stretch: timeline.Stretch) -> Stretch:
    decision = stretch.decision
    return Stretch(
        starts_at=stretch.starts_at,
        ends_at=stretch.ends_at,
        allowed=decision.allowed,
        held=decision.held,
        never=stretch.never,
        route=decision.route.value,
        price_micros=decision.price_micros,
        words=str(stretch.words),
        rule=decision.reason.rule_id,
        sentence=str(decision.reason.sentence),
        source=decision.reason.source,
    )

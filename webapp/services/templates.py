"""Templates in use: which one a broadcast has chosen, and whether it may be sent with it now.

The message keeps the template as it read when it was saved. Here that is held against what the
platform says now: a template that was paused, rejected, re-categorised, edited or deleted since
stops the broadcast with a sentence, before planning and again in the transaction that claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from webapp.domain import remark, template, template_layout
from webapp.domain.broadcast import BroadcastState, Kind
from webapp.domain.content import Content
from webapp.domain.errors import Invalid
from webapp.domain.event import Event as Told
from webapp.domain.permission import job
from webapp.domain.template import FLAGGED, Category, TemplateState
from webapp.domain.templated import Templated
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.models.template import Template, TemplateFetch
from webapp.services import alerting
from webapp.store import audits, messages, occurrences, templates

SENDER = job("sender")
QUALITY, STATUS = "template_quality", "template_status"
TOLD = frozenset({STATUS, QUALITY, "template_category", "template_content"})  # kinds of events
NONE_CHOSEN = say("Choose an approved template: this kind of message cannot be written freely.")
NO_TEMPLATE_HERE = say("This kind of message carries no template. Write its text instead.")
GONE = say("Choose one of the channel's templates: there is none of this name and language.")


def category_for(session: Session, broadcast: Broadcast) -> Category | None:
    """What its template must be; None for a broadcast that carries none."""
    channel = session.get_one(Channel, broadcast.channel_id)
    return template.needed(channel.platform, Kind(broadcast.kind))


def choices(session: Session, broadcast: Broadcast) -> Sequence[Template]:
    """Templates this broadcast may choose now."""
    wanted = category_for(session, broadcast)
    return templates.usable(session, broadcast.channel_id, wanted) if wanted else ()


def any_usable(session: Session, channel: Channel, kind: Kind) -> bool:
    """Whether a broadcast of this kind would find a template on the channel."""
    wanted = template.needed(channel.platform, kind)
    return wanted is not None and bool(templates.usable(session, channel.id or 0, wanted))


def completed(session: Session, broadcast: Broadcast, content: Content) -> Content:
    """The content with its template as it reads on the platform today. Raises Invalid."""
    row = require_known(session, broadcast.channel_id, content)
    if content.template is None or row is None:
        return content
    platform = session.get_one(Channel, broadcast.channel_id).platform
    return Content(template=_as_now(row, platform, content.template))


def require_known(session: Session, channel_id: int, content: Content) -> Template | None:
    """The channel's template that the content names, if it names one. Raises Invalid."""
    if content.template is None:
        return None
    row = templates.named(session, channel_id, content.template.name, content.template.language)
    if row is None:
        raise Invalid({"template": [GONE]})
    return row


def approved(session: Session, broadcast: Broadcast) -> bool:
    """Whether its message fills a template that may be sent now: a fact the rules ask for."""
    return category_for(session, broadcast) is not None and trouble(session, broadcast) is None


def trouble(
    session: Session, broadcast: Broadcast, content: Content | None = None
) -> Sentence | None:
    """Why its template cannot be sent, in plain words; None when it can, or none is needed.

    `content`: what is typed; without it, what is saved.
    """
    wanted = category_for(session, broadcast)
    written = messages.content(session, broadcast.id or 0) if content is None else content
    chosen = written.template
    if wanted is None:
        return None if chosen is None else NO_TEMPLATE_HERE
    if chosen is None:
        return NONE_CHOSEN
    row = templates.named(session, broadcast.channel_id, chosen.name, chosen.language)
    if row is None:
        return say(
            "The template %(name)s is no longer on the platform. Choose another one.",
            name=chosen.name,
        )
    said = template.trouble(row.name, row.state, row.category, wanted)
    return said or _changed(chosen, row)


def hold(session: Session, run: Occurrence, broadcast: Broadcast, now: datetime) -> bool:
    """Before a claim: pause the run when its template may not be sent any more. True when paused.

    Those who wait keep waiting: pausing is often the platform's for a few hours, and a person
    presses Resume, or chooses to cancel.
    """
    if category_for(session, broadcast) is None:
        return False
    sentence = trouble(session, broadcast)
    if sentence is None:
        return False
    if occurrences.move(session, run.id or 0, "sending", "paused"):
        broadcast.state = BroadcastState.PAUSED.value
        broadcast.state_reason = remark.to_json(sentence)
        session.add(broadcast)
        audits.add(session, SENDER, broadcast.brand_id, "broadcast.pause", broadcast.id, now,
                   reason=str(sentence)[:300])  # fmt: skip
        alerting.broadcast_paused(session, broadcast, sentence, now)
    return True


def troubled(session: Session) -> list[tuple[Broadcast, Sentence]]:
    """Broadcasts on their way whose template cannot be sent as things stand."""
    found = [(row, trouble(session, row)) for row in templates.broadcasts_ahead(session)]
    return [(row, sentence) for row, sentence in found if sentence is not None]


def apply_status(session: Session, channel: Channel, told: Told) -> None:
    """What a webhook says of a template, at once, in the caller's transaction.

    An older word than the last one changes nothing. The list is asked for soon after, because a
    notice does not tell everything.
    """
    ask_soon(session, channel, told.at)
    row = _told_of(session, channel, told)
    if row is None or told.at < row.told_at:
        return
    _hear(row, (told.action or "").strip().lower(), told)
    row.told_at = told.at
    session.add(row)


def ask_soon(session: Session, channel: Channel, at: datetime) -> None:
    """Let the clock ask for the channel's list at its next tick."""
    fetch = templates.fetch_of(session, channel.id or 0)
    if fetch is None:
        fetch = TemplateFetch(brand_id=channel.brand_id, channel_id=channel.id or 0, due_at=at)
    fetch.due_at = min(fetch.due_at, at)
    session.add(fetch)
    session.flush()


def _hear(row: Template, word: str, told: Told) -> None:
    """A word we have not heard of says nothing by itself: the list that is asked for will. So it
    is with a category, which may be announced a day ahead, and with new words."""
    state = template.state_of(word)
    if told.kind.value == QUALITY:
        row.quality = word[:20]
    elif told.kind.value != STATUS:
        return
    elif word == FLAGGED:
        row.quality = "red"
    elif word in set(Category):
        row.category = word
    elif state is not TemplateState.UNKNOWN and (told.at > row.told_at or _worse(state, row)):
        row.state = state.value
        row.rejected_reason = _reason(told, state)


def _as_now(row: Template, platform: str, chosen: Templated) -> Templated:
    """Only the values of places that are still open are kept."""
    now = replace(
        chosen,
        category=row.category,
        platform=platform,
        layout=template_layout.read(row.components),
    )
    given = dict(chosen.values)
    return replace(
        now, values=tuple(sorted((s.key, given[s.key]) for s in now.slots if s.key in given))
    )


def _changed(chosen: Templated, row: Template) -> Sentence | None:
    if chosen.layout == template_layout.read(row.components):
        return None
    return say(
        "The template %(name)s was changed on the platform after this message was saved. Open the "
        "message, read it, and save it again.",
        name=row.name,
    )


def _told_of(session: Session, channel: Channel, told: Told) -> Template | None:
    """By the platform's id, else by name and language."""
    found = templates.by_key(session, channel.id or 0, told.mid) if told.mid else None
    if found is None and told.ref and told.payload:
        found = templates.named(session, channel.id or 0, told.ref, told.payload)
    return found


def _worse(said: TemplateState, row: Template) -> bool:
    """Of two words of the same moment the one that stops wins, in whichever order they come."""
    order = list(TemplateState)
    return order.index(said) > order.index(template.state_of(row.state))


def _reason(told: Told, state: TemplateState) -> str:
    reason = told.reason or ""
    return "" if state is TemplateState.APPROVED or reason.upper() == "NONE" else reason[:500]

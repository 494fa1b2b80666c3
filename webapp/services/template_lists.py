"""The platform's list of a channel's templates, fetched and kept; and new ones sent for review.

The network is asked without a transaction. What is not in a whole list is gone; a list that breaks
off changes nothing and says why.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.db import EVERY_BRAND, brand_of
from webapp.domain import remark, template
from webapp.domain.errors import FanlightError, Invalid, Refused
from webapp.domain.permission import Actor
from webapp.domain.template_draft import TemplateDraft
from webapp.domain.wording import Sentence, say
from webapp.house import House
from webapp.models.channel import Channel
from webapp.models.template import Template, TemplateFetch
from webapp.platforms import message_templates
from webapp.platforms.message_templates import Listed, Page, Submitted, Trouble
from webapp.platforms.protocol import ChannelAccess
from webapp.services import channels as using
from webapp.services.channels import Outside
from webapp.store import audits, channels, templates

log = logging.getLogger(__name__)
EVERY = timedelta(minutes=15)  # webhooks tell the rest at once
AGAIN = timedelta(minutes=2)  # after an answer that could not be used
A_TICK = 10  # channels asked at one tick
MOST_PAGES = 80  # of a hundred; a verified business may have 6,000


def fetch_due(house: House) -> int:
    """Ask for the lists that are due; returns how many channels were asked."""
    outside = Outside(house.platforms, house.vault, house.settings)
    with house.db.reader(EVERY_BRAND) as session:
        wanted = templates.due_channels(session, house.clock.now(), A_TICK)
        brands = {number: session.get_one(Channel, number).brand_id for number in wanted}
    for number, brand_id in brands.items():
        with house.db.writer(brand_id) as session:
            _quietly(session, outside, number, house.clock.now())
    return len(brands)


def fetch(session: Session, actor: Actor, outside: Outside, channel_id: int, now: datetime) -> int:
    """Fetch one channel's list now; returns how many templates it has. Raises Refused."""
    actor.require("template.fetch")
    channel = channels.get(session, channel_id)
    _require_templates(channel)
    found = _ask(session, outside, channel)
    trouble = keep(session, channel_id, found, now)
    if trouble is not None:
        raise Refused(trouble)
    return len(templates.of_channel(session, channel_id))


def submit(
    session: Session,
    actor: Actor,
    outside: Outside,
    channel_id: int,
    draft: TemplateDraft,
    now: datetime,
) -> Template:
    """Send a new template to the platform's review. Raises Invalid by field, or Refused."""
    actor.require("template.submit")
    channel = channels.get(session, channel_id)
    _require_templates(channel)
    problems = draft.problems(channel.platform)
    if problems:
        raise Invalid(problems)
    if templates.named(session, channel_id, draft.name, draft.language) is not None:
        taken = say("This channel has a template of this name in this language already.")
        raise Invalid({"name": [taken]})
    access, owner = _released(session, outside, channel)
    request = message_templates.submit_request(access, owner, draft.to_platform())
    answer = message_templates.submitted_of(outside.call(request))
    if isinstance(answer, Trouble):
        raise Refused(answer.sentence)
    return _keep_new(session, actor, channel_id, draft, answer, now)


def keep(
    session: Session, channel_id: int, found: Sequence[Listed] | Trouble, now: datetime
) -> Sentence | None:
    """Write a list down, or why there is none, and when to ask again. Commits."""
    channel = channels.get(session, channel_id)
    fetch = templates.fetch_of(session, channel_id) or TemplateFetch(
        brand_id=channel.brand_id, channel_id=channel_id, due_at=now
    )
    session.add(fetch)
    trouble = found.sentence if isinstance(found, Trouble) else None
    fetch.trouble = None if trouble is None else remark.to_json(trouble)
    fetch.due_at = now + (EVERY if trouble is None else AGAIN)
    if not isinstance(found, Trouble):
        fetch.fetched_at = now
        _write(session, channel, found, now)
    session.commit()
    return trouble


def _write(session: Session, channel: Channel, found: Sequence[Listed], now: datetime) -> None:
    kept = []
    for listed in found:
        row = templates.named(session, channel.id or 0, listed.name, listed.language)
        row = row or Template(
            brand_id=channel.brand_id,
            channel_id=channel.id or 0,
            key=listed.key,
            name=listed.name,
            language=listed.language,
            category="",
            state="",
            told_at=now,
        )
        _read_into(row, listed, now)
        session.add(row)
        session.flush()
        kept.append(row.id or 0)
    templates.forget_others(session, channel.id or 0, kept)


def _read_into(row: Template, listed: Listed, now: datetime) -> None:
    row.key, row.category = listed.key, listed.category
    coming = listed.coming_category
    row.coming_category = "" if coming == listed.category else coming
    row.quality = listed.quality
    row.components = [dict(part) for part in listed.components]
    row.fetched_at = now
    if now >= row.told_at:  # a webhook that came while the list was on its way is newer
        row.state, row.told_at = template.state_of(listed.state).value, now
        row.rejected_reason = listed.rejected_reason


def _ask(session: Session, outside: Outside, channel: Channel) -> list[Listed] | Trouble:
    """The whole list, or why not."""
    access, owner = _released(session, outside, channel)
    found: list[Listed] = []
    after: str | None = None
    for _ in range(MOST_PAGES):
        reply = outside.call(message_templates.list_request(access, owner, after))
        page = message_templates.page_of(reply)
        if not isinstance(page, Page):
            return page
        found += page.templates
        after = page.after
        if after is None:
            break
    return list({(it.name, it.language): it for it in found}.values())


def _quietly(session: Session, outside: Outside, channel_id: int, now: datetime) -> None:
    """One channel's trouble stops no other; secrets that cannot be opened are such a trouble."""
    channel = channels.get(session, channel_id)
    try:
        found: Sequence[Listed] | Trouble = _ask(session, outside, channel)
    except FanlightError as error:
        session.rollback()
        found = Trouble(error.sentence)
    except Exception:
        log.exception("the templates of channel %s could not be fetched", channel_id)
        session.rollback()
        found = Trouble(message_templates.UNCLEAR)
    keep(session, channel_id, found, now)


def _released(session: Session, outside: Outside, channel: Channel) -> tuple[ChannelAccess, str]:
    """What a call needs, and the list's owner; then let go of the database."""
    access, owner = using.access_to(outside, session, channel), owner_of(channel)
    session.rollback()
    return access, owner


def owner_of(channel: Channel) -> str:
    """A Page owns its templates; on WhatsApp the business account that a number belongs to."""
    return channel.account or channel.key


def _require_templates(channel: Channel) -> None:
    if channel.platform not in template.PLATFORMS:
        raise Refused(say("A channel of this platform has no templates."))


def _keep_new(
    session: Session,
    actor: Actor,
    channel_id: int,
    draft: TemplateDraft,
    answer: Submitted,
    now: datetime,
) -> Template:
    row = Template(
        brand_id=brand_of(session),
        channel_id=channel_id,
        key=answer.key,
        name=draft.name,
        language=draft.language,
        category=answer.category or draft.category,
        state=template.state_of(answer.state).value,
        components=draft.components(),
        told_at=now,
    )
    session.add(row)
    session.flush()
    audits.add(
        session, actor, row.brand_id, "template.submit", row.id, now,
        name=row.name, language=row.language, category=row.category,
    )  # fmt: skip
    session.commit()
    return row

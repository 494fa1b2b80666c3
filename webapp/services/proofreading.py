"""A message read before it is sent: what must be mended, where, and who sees a fallback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlmodel import Session

from webapp.domain import carrying
from webapp.domain import message as messages
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.errors import Invalid
from webapp.domain.limits import Limits
from webapp.domain.message import Count, Problems
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.services import recipients, templates
from webapp.store import attributes, variables

PLACES: Mapping[str, Callable[[int], Sentence]] = {
    "buttons": lambda n: say("Button %(n)s", n=n),
    "quick_replies": lambda n: say("Quick reply %(n)s", n=n),
}


def limits_of(session: Session, broadcast: Broadcast, book: Rulebook, at: datetime) -> Limits:
    """What the broadcast's kind may hold on its channel's platform that day."""
    channel = session.get_one(Channel, broadcast.channel_id)
    return book.content_limits(channel.platform, at, Kind(broadcast.kind))


def problems(
    session: Session, broadcast: Broadcast, content: Content, book: Rulebook, at: datetime
) -> Problems:
    """What must be mended in a message, by field; it need not be saved."""
    trouble = templates.trouble(session, broadcast, content)
    if content.template is None and trouble is not None:
        return {"template": [trouble]}
    names = [variable.name for variable in messages.variables_of(content)]
    found = messages.problems(
        content,
        limits_of(session, broadcast, book, at),
        attributes=attributes.types(session).keys(),
        longest=variables.longest(session, broadcast.channel_id, names),
    )
    channel = session.get_one(Channel, broadcast.channel_id)
    uncarried = carrying.problems(channel.platform, Kind(broadcast.kind), content)
    for field, sentences in uncarried.items():
        found[field] = [*found.get(field, []), *sentences]
    return found if trouble is None else {"template": [trouble], **found}


def room(
    session: Session, broadcast: Broadcast, content: Content, book: Rulebook, at: datetime
) -> Count | None:
    """How much of a template's text is used up by its values at their longest."""
    if content.template is None:
        return None
    names = [variable.name for variable in messages.variables_of(content)]
    longest = variables.longest(session, broadcast.channel_id, names)
    limits = limits_of(session, broadcast, book, at)
    return messages.counts(content, limits, longest).get("template")


def placed(field: str, sentence: Sentence) -> Sentence:
    """A problem with the words for its place: `quick_replies.1.title` is the second reply."""
    if field.startswith("template."):
        return sentence  # it names its place itself
    name, _, rest = field.partition(".")
    index = rest.partition(".")[0]
    place = PLACES.get(name)
    if place is None or not index.isdigit():
        return sentence
    return say("%(place)s: %(problem)s", place=place(int(index) + 1), problem=sentence)


def people_seeing_a_fallback(
    session: Session, broadcast: Broadcast, content: Content, now: datetime
) -> int:
    """How many of the audience lack a value for at least one variable of the message."""
    names = [variable.name for variable in messages.variables_of(content)]
    if not names:
        return 0
    try:
        clause = recipients.audience_clause(session, recipients.tree_of(session, broadcast), now)
    except Invalid:
        return 0  # the check says that the segment cannot be used
    return variables.without_value(session, broadcast.channel_id, clause, names)

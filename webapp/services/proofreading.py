"""A message read before it is sent: what must be mended, where, and who sees a fallback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlmodel import Session

from webapp.domain import carrying, segment_algebra
from webapp.domain import message as messages
from webapp.domain import segment as rules
from webapp.domain.broadcast import Kind
from webapp.domain.content import Content
from webapp.domain.errors import Invalid
from webapp.domain.limits import Limits
from webapp.domain.message import Count, Problems
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.segment import GroupKind, Node
from webapp.domain.variables import ATTRIBUTE, FIELDS
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.services import audiences, recipients, templates
from webapp.store import attributes, variables
from webapp.store import audience_parts as parts
from webapp.store.audience_parts import Subject

_NAMES = {"full_name": ("first_name", "last_name")}  # of fields that a condition asks about
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
    limits = limits_of(session, broadcast, book, at)
    found = messages.problems(
        content,
        limits,
        attributes=attributes.types(session).keys(),
        longest=_longest(session, broadcast, content, limits),
    )
    channel = session.get_one(Channel, broadcast.channel_id)
    uncarried = carrying.problems(channel.platform, Kind(broadcast.kind), content)
    for field, sentences in uncarried.items():
        found[field] = [*found.get(field, []), *sentences]
    return found if trouble is None else {"template": [trouble], **found}


def _longest(
    session: Session, broadcast: Broadcast, content: Content, limits: Limits
) -> Mapping[str, int]:
    """Of each variable the longest value there is. Where even the longest that may be kept fits,
    that: nobody has to be looked at then."""
    names = {variable.name for variable in messages.variables_of(content)}
    kept = names & variables.MOST.keys()
    own = variables.longest(session, broadcast.channel_id, names - kept)
    most = {name: variables.MOST[name] for name in kept} | own
    too_long = any(it.left < 0 for it in messages.counts(content, limits, most).values())
    if kept and too_long:
        return own | variables.longest(session, broadcast.channel_id, kept)
    return most


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
    """How many of the audience lack a value for at least one variable of the message. By the sets
    of people: it is asked at every change of the message."""
    names = [variable.name for variable in messages.variables_of(content)]
    if not names:
        return 0
    try:
        audience = recipients.rule_of(session, broadcast)
        seeing = rules.Group(GroupKind.ALL, (audience, _lacking(session, names)))
        return audiences.count(session, seeing, now, broadcast.channel_id)
    except Invalid:
        return 0  # the check says that the segment cannot be used


def subjects(session: Session) -> list[Subject]:
    """The sets that tell who sees a fallback, of what messages call people by without any work of
    the brand's."""
    return [parts.subject(leaf) for leaf in segment_algebra.asked(_lacking(session, FIELDS))]


def _lacking(session: Session, names: Iterable[str]) -> Node:
    """Whoever has no value for at least one of these; everybody lacks what is no variable."""
    types = attributes.types(session)
    own = {ATTRIBUTE + name for name in types}
    wanted = [_NAMES.get(name, (name,)) for name in dict.fromkeys(names)]
    if not {field for one in wanted for field in one} <= {*FIELDS, *own}:
        return rules.EVERYONE
    lacked = [{"all": [{"field": it, "op": "unknown"} for it in one]} for one in wanted]
    return rules.parse({"any": lacked}, types, put_together=True)

"""The threads a Page has with people, page by page (facts 6: the Conversations API).

What the facts say for certain: cursor paging only, two calls a second for a Page, the details of a
thread's twenty newest messages, and that a thread opens no window: only the person's own message
does, at its `created_time`. Not certain: whether `participants` always names the person (one
without an id is left out), and how large a page may be (200 threads were measured; fifty are asked
for, and ten after a call that came to nothing). Where none of the messages told of is the person's,
nobody knows when they last wrote. Whoever sent a message is told from the Page by its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.retry import Accepted, Ambiguous, RefusedLater
from webapp.domain.wording import Sentence, say
from webapp.platforms import graph_answers, graph_api
from webapp.platforms import webhook_values as values
from webapp.platforms.protocol import ChannelAccess
from webapp.platforms.wire import Reply, Request

MESSAGES = 20  # the platform tells the details of no more
FIELDS = f"id,updated_time,participants,messages.limit({MESSAGES}){{id,created_time,from}}"
PAGE, SMALL_PAGE = 50, 10  # threads a call
NAME_LIMIT = 200
UNCLEAR = say("The platform did not answer clearly. It is asked again by itself.")


@dataclass(frozen=True, slots=True)
class Thread:
    """One person, and when they last wrote as far as the platform tells."""

    key: str
    name: str
    last_inbound_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """`after` is the cursor of the next page; None on the last one."""

    threads: tuple[Thread, ...]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no page. `wait_s` is when to ask again; None where that is of no use before a
    person has done something."""

    sentence: Sentence
    wait_s: float | None = None


def request(access: ChannelAccess, after: str | None, *, small: bool = False) -> Request:
    more = {} if after is None else {"after": after}
    path = graph_api.path_of(access.key, "conversations")
    limit = str(SMALL_PAGE if small else PAGE)
    return graph_api.get(access, path, platform="messenger", fields=FIELDS, limit=limit, **more)


def page_of(reply: Reply, page_key: str) -> Page | Trouble:
    """Never raises. `page_key` is the Page's own id."""
    body = graph_api.body_of(reply) or {}
    given = body.get("data")
    good = reply.error is None and reply.status == graph_answers.OK and "error" not in body
    if not good or not isinstance(given, list):
        return _trouble(reply)
    found = (_thread(values.mapping(item), page_key) for item in given)
    cursors = values.mapping(values.mapping(body.get("paging")).get("cursors"))
    after = values.text(cursors.get("after"), 2_000) if given else None
    return Page(tuple(it for it in found if it is not None), after)


AGAIN_S = 30.0  # where the platform names no time


def _trouble(reply: Reply) -> Trouble:
    match graph_answers.answer(reply, None):
        case Accepted() | Ambiguous():
            return Trouble(UNCLEAR, AGAIN_S)
        case RefusedLater(sentence=sentence):
            asked = graph_api.asked_wait(reply, graph_api.error_of(reply))
            return Trouble(sentence, max(asked or 0.0, AGAIN_S))
        case refusal:
            return Trouble(refusal.sentence)


def _thread(item: Mapping[str, object], page_key: str) -> Thread | None:
    people = values.items(values.mapping(item.get("participants")).get("data"))
    for person in map(values.mapping, people):
        key = values.identity(person.get("id"))
        if key is not None and key != page_key:
            name = values.text(person.get("name"), NAME_LIMIT) or ""
            return Thread(key, name, _last_inbound(item, key))
    return None


def _last_inbound(item: Mapping[str, object], key: str) -> datetime | None:
    messages = map(values.mapping, values.items(values.mapping(item.get("messages")).get("data")))
    times = (
        values.moment(it.get("created_time"))
        for it in messages
        if values.identity(values.mapping(it.get("from")).get("id")) == key
    )
    return max(filter(None, times), default=None)

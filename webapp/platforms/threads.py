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

from webapp.domain.event import MESSENGER
from webapp.domain.retry import Accepted, Ambiguous, RefusedLater, StopChannel
from webapp.domain.wording import Sentence, say
from webapp.platforms import graph_answers, graph_api
from webapp.platforms import webhook_values as values
from webapp.platforms.protocol import ChannelAccess
from webapp.platforms.wire import Reply, Request

MESSAGES = 20  # the platform tells the details of no more
FIELDS = f"id,updated_time,participants,messages.limit({MESSAGES}){{id,created_time,from%s}}"
WORDS = ",message"
PAGE, SMALL_PAGE = 50, 10  # threads a call
NAME_LIMIT = 200
UNCLEAR = say("The platform did not answer clearly. It is asked again by itself.")


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the person's. `mid` is the id that its webhook brings as well."""

    mid: str
    at: datetime
    text: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    """One person, and when they last wrote as far as the platform tells."""

    key: str
    name: str
    last_inbound_at: datetime | None
    updated_at: datetime | None = None
    inbound: tuple[Said, ...] = ()
    oldest_at: datetime | None = None  # of the messages told of, where they may not be all


@dataclass(frozen=True, slots=True)
class Page:
    """`after` is the cursor of the next page; None on the last one."""

    threads: tuple[Thread, ...]
    after: str | None = None

    def is_older(self, than: datetime) -> bool:
        """Whether nothing after this page can be newer. The facts do not say how threads are
        ordered, so that is only believed of a page that is ordered itself, newest first."""
        times = [thread.updated_at for thread in self.threads]
        known = [at for at in times if at is not None]
        ordered = len(known) == len(times) and known == sorted(known, reverse=True)
        return bool(known) and ordered and known[-1] < than


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no page. `wait_s` is when to ask again; None where that is of no use before a
    person has done something. `stops`: the platform takes nothing at all then. `unclear`: nobody
    can say whether asking again is of use."""

    sentence: Sentence
    wait_s: float | None = None
    stops: bool = False
    unclear: bool = False


def request(
    access: ChannelAccess,
    after: str | None,
    *,
    platform: str = MESSENGER,
    small: bool = False,
    words: bool = False,
) -> Request:
    """`words`: with what was written. An Instagram account is asked as `me`, as for all else."""
    more = {} if after is None else {"after": after}
    owner = access.key if platform == MESSENGER else "me"
    path = graph_api.path_of(owner, "conversations")
    limit, fields = str(SMALL_PAGE if small else PAGE), FIELDS % (WORDS if words else "")
    return graph_api.get(access, path, platform=platform, fields=fields, limit=limit, **more)


def page_of(reply: Reply, page_key: str, platform: str = MESSENGER) -> Page | Trouble:
    """Never raises. `page_key` is the Page's or account's own id."""
    body = graph_api.body_of(reply) or {}
    given = body.get("data")
    good = reply.error is None and reply.status == graph_answers.OK and "error" not in body
    if not good or not isinstance(given, list):
        return _trouble(reply)
    sure = platform != MESSENGER  # whose the other side is: see `_thread`
    found = (_thread(values.mapping(item), page_key, sure=sure) for item in given)
    cursors = values.mapping(values.mapping(body.get("paging")).get("cursors"))
    after = values.text(cursors.get("after"), 2_000) if given else None
    return Page(tuple(it for it in found if it is not None), after)


AGAIN_S = 30.0  # where the platform names no time


def _trouble(reply: Reply) -> Trouble:
    match graph_answers.answer(reply, None):
        case Accepted() | Ambiguous():
            return Trouble(UNCLEAR, AGAIN_S, unclear=True)
        case RefusedLater(sentence=sentence):
            asked = graph_api.asked_wait(reply, graph_api.error_of(reply))
            return Trouble(sentence, max(asked or 0.0, AGAIN_S))
        case refusal:
            return Trouble(refusal.sentence, stops=isinstance(refusal, StopChannel))


def _thread(item: Mapping[str, object], page_key: str, *, sure: bool) -> Thread | None:
    """`sure`: only where the account itself is named too. By which of its ids Instagram names it
    there is said on no page, and the account must not be taken for a person."""
    people = values.items(values.mapping(item.get("participants")).get("data"))
    named = {values.identity(person.get("id")): person for person in map(values.mapping, people)}
    if sure and page_key not in named:
        return None
    for key, person in named.items():
        if key is not None and key != page_key:
            return _of(item, key, values.text(person.get("name"), NAME_LIMIT) or "")
    return None


def _of(item: Mapping[str, object], key: str, name: str) -> Thread:
    messages = [
        *map(values.mapping, values.items(values.mapping(item.get("messages")).get("data")))
    ]
    found = [said for it in messages if (said := _said(it, key)) is not None]
    times = [at for it in messages if (at := values.moment(it.get("created_time"))) is not None]
    return Thread(
        key,
        name,
        max((said.at for said in found), default=None),
        values.moment(item.get("updated_time")),
        tuple(found),
        min(times, default=None) if len(messages) >= MESSAGES else None,
    )


def _said(message: Mapping[str, object], key: str) -> Said | None:
    at = values.moment(message.get("created_time"))
    if at is None or values.identity(values.mapping(message.get("from")).get("id")) != key:
        return None
    mid = values.identity(message.get("id")) or ""
    return Said(mid, at, values.text(message.get("message")))

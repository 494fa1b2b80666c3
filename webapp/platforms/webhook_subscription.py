"""Whether our app is told of what happens on a channel: `GET .../subscribed_apps` (facts 5.4, A4).

A Page and an Instagram account list the apps that hear them with the fields of each; a WhatsApp
business account lists its apps alone, since the fields are chosen in the app. Which of the apps is
ours cannot be told from a token by anything that is documented for certain, so one that has all
the fields is enough; and where an app comes without fields, nobody can know, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from webapp.domain.retry import RefusedLater
from webapp.domain.wording import Sentence, say
from webapp.platforms import graph_answers, graph_api
from webapp.platforms import webhook_values as values
from webapp.platforms.protocol import ChannelAccess
from webapp.platforms.wire import Reply, Request

FIELDS = "id,name,subscribed_fields"
DEAD_TOKEN = 190
UNCLEAR = say("The platform did not answer clearly; it will be asked again.")


@dataclass(frozen=True, slots=True)
class Heard:
    """Webhooks come, but for the fields in `missing`. No app at all: all that are needed."""

    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why nobody can say. `dead`: the token is, so nothing is sent with it either."""

    sentence: Sentence
    dead: bool = False


def request(access: ChannelAccess, *owner: str) -> Request:
    """`owner`: whose webhooks they are, as a path: the Page's id, `me`, the business account's."""
    return graph_api.get(access, graph_api.path_of(*owner, "subscribed_apps"), fields=FIELDS)


def bare_request(access: ChannelAccess, *owner: str) -> Request:
    """Where apps have no fields to ask for."""
    return graph_api.get(access, graph_api.path_of(*owner, "subscribed_apps"))


def read(reply: Reply, needed: Collection[str]) -> Heard | Unknown:
    """Never raises."""
    body = graph_api.body_of(reply) or {}
    apps = body.get("data")
    good = reply.error is None and reply.status == graph_answers.OK and "error" not in body
    if not good or not isinstance(apps, list):
        return _unknown(reply)
    lacking = [_lacking(values.mapping(app), needed) for app in apps]
    return Heard(min(lacking, key=len, default=tuple(needed)))


def _lacking(app: Mapping[str, object], needed: Collection[str]) -> tuple[str, ...]:
    if "subscribed_fields" not in app:
        return ()
    has = {values.text(name) for name in values.items(app["subscribed_fields"])}
    return tuple(name for name in needed if name not in has)


def _unknown(reply: Reply) -> Unknown:
    error = graph_api.error_of(reply)
    answer = graph_answers.answer(reply, None)
    if error is None or isinstance(answer, RefusedLater):
        return Unknown(getattr(answer, "sentence", UNCLEAR))
    return Unknown(getattr(answer, "sentence", UNCLEAR), dead=error.code == DEAD_TOKEN)

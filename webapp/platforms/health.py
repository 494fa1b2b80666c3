"""What the Graph tells about a page's token and about a person."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.retry import Accepted, Ambiguous, RefusedLater
from webapp.domain.wording import say
from webapp.platforms import graph_answers, graph_api
from webapp.platforms import webhook_values as values
from webapp.platforms.protocol import Check, Profile
from webapp.platforms.wire import Reply

LABEL_LIMIT, NAME_LIMIT, LOCALE_LIMIT = 120, 200, 20  # characters; longer ones are cut
HOURS = range(-12, 15)  # offsets from UTC that exist


def check_of(reply: Reply, *names: str) -> Check:
    """Dead only when the platform says so; trouble on the way there proves nothing.

    `names` are the fields to call the channel by, the best first.
    """
    body = _good(reply)
    key = values.identity(body.get("id"), values.PARTY_LIMIT)
    if key is not None:
        found = (values.text(body.get(name), LABEL_LIMIT) for name in names or ("name",))
        return Check(alive=True, key=key, name=next(filter(None, found), None))
    match graph_answers.answer(reply, None):
        case Accepted() | Ambiguous():
            sentence = say("The platform did not answer clearly; it will be asked again.")
            return Check(alive=False, sentence=sentence, certain=False)
        case RefusedLater(sentence=sentence):
            return Check(alive=False, sentence=sentence, certain=False)
        case refusal:
            return Check(alive=False, sentence=refusal.sentence)


def profile_of(reply: Reply) -> Profile | None:
    """None when the platform gave no profile; people without one stay nameless."""
    body = _good(reply)
    if not body:
        return None
    return Profile(
        first_name=values.text(body.get("first_name"), NAME_LIMIT),
        last_name=values.text(body.get("last_name"), NAME_LIMIT),
        locale=values.text(body.get("locale"), LOCALE_LIMIT),
        utc_offset_hours=_offset(body.get("timezone")),
        gender=values.text(body.get("gender"), LOCALE_LIMIT),
        picture_url=values.text(body.get("profile_pic")),
    )


def named_profile_of(reply: Reply) -> Profile | None:
    """Where the platform tells one name: its first word stands for the first name."""
    body = _good(reply)
    name = values.text(body.get("name")) or values.text(body.get("username"))
    if name is None:
        return None
    first, _, last = name.strip().partition(" ")
    return Profile(
        first_name=values.text(first, NAME_LIMIT),
        last_name=values.text(last.strip(), NAME_LIMIT),
        picture_url=values.text(body.get("profile_pic")),
    )


def _good(reply: Reply) -> Mapping[str, object]:
    """The object of a good reply, empty for any other."""
    if reply.error is not None or reply.status != graph_answers.OK:
        return {}
    body = graph_api.body_of(reply) or {}
    return {} if "error" in body else body


def _offset(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if HOURS.start <= value < HOURS.stop else None

"""A channel's templates on the Graph: the list, page by page, and a new one (facts 1.7 and A3).

`owner` is the Page's id, or the id of the WhatsApp business account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.retry import Accepted, Ambiguous
from webapp.domain.wording import Sentence, say
from webapp.platforms import graph_answers, graph_api
from webapp.platforms import webhook_values as values
from webapp.platforms.meta_message import Json
from webapp.platforms.protocol import ChannelAccess
from webapp.platforms.wire import Reply, Request

FIELDS = (
    "id,name,language,status,category,parameter_format,components,quality_score,"
    "correct_category,rejected_reason"
)
PAGE = 100  # templates a call
NAME_LIMIT, WORD_LIMIT, REASON_LIMIT = 512, 20, 500
DEEPEST = 12  # of a template's components; real ones have six levels
UNCLEAR = say("The platform did not answer clearly. It is asked again by itself.")


@dataclass(frozen=True, slots=True)
class Listed:
    """One template as the platform tells of it; its words in lower case."""

    key: str
    name: str
    language: str
    category: str
    state: str
    quality: str = ""
    coming_category: str = ""
    rejected_reason: str = ""
    components: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list; `after` is the cursor of the next one."""

    templates: tuple[Listed, ...]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no list, or no new template."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Submitted:
    """The platform took it for review, under this key, state and category."""

    key: str
    state: str
    category: str


def list_request(access: ChannelAccess, owner: str, after: str | None = None) -> Request:
    more = {} if after is None else {"after": after}
    path = graph_api.path_of(owner, "message_templates")
    return graph_api.get(access, path, fields=FIELDS, limit=str(PAGE), **more)


def page_of(reply: Reply) -> Page | Trouble:
    """Never raises. A template without a name or a language is left out."""
    body = _good(reply)
    listed = None if body is None else body.get("data")
    if body is None or not isinstance(listed, list):
        return Trouble(_why(reply))
    found = [_listed(item) for item in listed if isinstance(item, Mapping)]
    return Page(tuple(it for it in found if it is not None), _after(body.get("paging")))


def submit_request(access: ChannelAccess, owner: str, template: Mapping[str, object]) -> Request:
    """`template`: name, language, category, components, parameter_format, as the Graph has it."""
    return graph_api.post(access, graph_api.path_of(owner, "message_templates"), template)


def submitted_of(reply: Reply) -> Submitted | Trouble:
    """The platform's own words when it refuses: its rules about templates are many and change."""
    body = _good(reply)
    key = None if body is None else values.identity(body.get("id"))
    if body is None or key is None:
        error = graph_api.error_of(reply)
        if error is not None and error.message:
            return Trouble(say("The platform refused it: %(words)s", words=error.message))
        return Trouble(_why(reply))
    return Submitted(key, _word(body, "status") or "pending", _word(body, "category"))


def _good(reply: Reply) -> Mapping[str, object] | None:
    if reply.error is not None or reply.status != graph_answers.OK:
        return None
    body = graph_api.body_of(reply)
    return None if body is None or "error" in body else body


def _why(reply: Reply) -> Sentence:
    match graph_answers.answer(reply, None):
        case Accepted() | Ambiguous():
            return UNCLEAR
        case refusal:
            return refusal.sentence


def _listed(item: Mapping[str, object]) -> Listed | None:
    name = values.text(item.get("name"), NAME_LIMIT)
    language = values.text(item.get("language"), WORD_LIMIT)
    key = values.identity(item.get("id"))
    if not (name and language and key):
        return None
    return Listed(
        key=key,
        name=name,
        language=language,
        category=_word(item, "category"),
        state=_word(item, "status"),
        quality=_quality(item.get("quality_score")),
        coming_category=_word(item, "correct_category"),
        rejected_reason=_reason(item),
        components=_components(item),
    )


def _components(item: Mapping[str, object]) -> tuple[Json, ...]:
    """Meta's own page of Messenger shows a list with `body` and `buttons` instead of components."""
    given = item.get("components")
    if not isinstance(given, list):
        body: Json = {"type": "BODY", "text": item.get("body")}
        given = [body, {"type": "BUTTONS", "buttons": item.get("buttons") or []}]
    return tuple(it for it in (_clean(part, 0) for part in given) if isinstance(it, dict))


def _clean(value: object, depth: int) -> object:
    """Only what can be stored and shown: no NUL, no half character, no endless nesting."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {str(_clean(str(k), depth)): _clean(it, depth + 1) for k, it in value.items()}
    if isinstance(value, list):
        return [_clean(it, depth + 1) for it in value]
    return value if isinstance(value, int | bool) else None


def _quality(given: object) -> str:
    """`{"score": "GREEN"}`, or the word alone."""
    score = given.get("score") if isinstance(given, Mapping) else given
    return (values.text(score, WORD_LIMIT) or "").lower()


def _reason(item: Mapping[str, object]) -> str:
    reason = values.text(item.get("rejected_reason"), REASON_LIMIT) or ""
    return "" if reason.upper() == "NONE" else reason


def _word(item: Mapping[str, object], name: str) -> str:
    return (values.text(item.get(name), WORD_LIMIT) or "").strip().lower()


def _after(paging: object) -> str | None:
    """The next cursor; None on the last page, which has no `next`."""
    if not isinstance(paging, Mapping) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    return values.text(cursors.get("after"), NAME_LIMIT) if isinstance(cursors, Mapping) else None

"""A channel's template: its category, its state as the platform says it, and who may use it.

Facts: a template is one name in one language. Only an approved one may be sent; pausing is the
platform's, by itself, after bad feedback; a category may be changed by the platform as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from webapp.domain.broadcast import Kind
from webapp.domain.wording import Sentence, say


class Category(StrEnum):
    UTILITY = "utility"
    MARKETING = "marketing"
    AUTHENTICATION = "authentication"


class TemplateState(StrEnum):
    """Only `approved` may be sent. What we do not know is `unknown`, and is not sent."""

    APPROVED = "approved"
    PENDING = "pending"
    IN_APPEAL = "in_appeal"
    LIMIT_EXCEEDED = "limit_exceeded"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"
    ARCHIVED = "archived"
    DELETED = "deleted"
    UNKNOWN = "unknown"


# What the kind needs, by platform; a pair that is not here carries no template.
NEEDED: Mapping[tuple[str, Kind], Category] = {
    ("messenger", Kind.UTILITY): Category.UTILITY,
    ("whatsapp", Kind.UTILITY): Category.UTILITY,
    ("whatsapp", Kind.SPONSORED): Category.MARKETING,
}
PLATFORMS = frozenset(platform for platform, _ in NEEDED)

# Words of lists and of webhooks that are not a state's own name (facts 1.7 and A3).
_ALSO: Mapping[str, TemplateState] = {
    "reinstated": TemplateState.APPROVED,
    "unpaused": TemplateState.APPROVED,
    "pending_deletion": TemplateState.DELETED,
    "locked": TemplateState.DISABLED,
}
FLAGGED = "flagged"  # a warning about quality; the state stays what it was

_WORDS: Mapping[TemplateState, Sentence] = {
    TemplateState.APPROVED: say("approved"),
    TemplateState.PENDING: say("in review"),
    TemplateState.IN_APPEAL: say("in appeal"),
    TemplateState.LIMIT_EXCEEDED: say("over the limit of templates"),
    TemplateState.REJECTED: say("rejected"),
    TemplateState.PAUSED: say("paused"),
    TemplateState.DISABLED: say("disabled"),
    TemplateState.ARCHIVED: say("archived"),
    TemplateState.DELETED: say("deleted"),
    TemplateState.UNKNOWN: say("not known"),
}
_CATEGORY_WORDS: Mapping[Category, Sentence] = {
    Category.UTILITY: say("utility"),
    Category.MARKETING: say("marketing"),
    Category.AUTHENTICATION: say("authentication"),
}


def needed(platform: str, kind: Kind) -> Category | None:
    """The category a broadcast of this kind chooses its template from; None when it has none."""
    return NEEDED.get((platform, kind))


def state_of(word: str) -> TemplateState:
    """The state behind the platform's word, in any case; `unknown` for a new one."""
    known = word.strip().lower()
    if known in _ALSO:
        return _ALSO[known]
    return TemplateState(known) if known in set(TemplateState) else TemplateState.UNKNOWN


def category_of(word: str) -> str:
    """As we keep it: in lower case, also one we have not heard of."""
    return word.strip().lower()


def state_words(state: str) -> Sentence:
    return _WORDS[state_of(state)]


def category_words(category: str) -> Sentence:
    known = category_of(category)
    if known in set(Category):
        return _CATEGORY_WORDS[Category(known)]
    return say("%(category)s", category=known)


def trouble(name: str, state: str, category: str, wanted: Category) -> Sentence | None:
    """Why nothing may be sent with it, in plain words; None when it may."""
    if state_of(state) is not TemplateState.APPROVED:
        return say(
            "The template %(name)s is %(state)s on the platform, so it cannot be sent. Wait until "
            "it is approved, or choose another one.",
            name=name,
            state=state_words(state),
        )
    if category_of(category) != wanted:
        return say(
            "The platform counts the template %(name)s as %(category)s, and this kind of message "
            "needs one that is %(wanted)s. Choose another one.",
            name=name,
            category=category_words(category),
            wanted=category_words(wanted),
        )
    return None

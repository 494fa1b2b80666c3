"""What a platform says of a template, as people read it."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain import template
from webapp.domain.template import TemplateState
from webapp.domain.wording import Sentence, say
from webapp.models.template import Template

MOODS: Mapping[TemplateState, str] = {
    TemplateState.APPROVED: "good",
    TemplateState.PENDING: "warn",
    TemplateState.IN_APPEAL: "warn",
    TemplateState.LIMIT_EXCEEDED: "warn",
    TemplateState.PAUSED: "warn",
    TemplateState.REJECTED: "bad",
    TemplateState.DISABLED: "bad",
}
QUALITIES: Mapping[str, Sentence] = {
    "green": say("high"),
    "yellow": say("medium"),
    "red": say("low"),
    "unknown": say("not rated yet"),
}
# The three that Messenger's page explains (2026-03-13); others are shown as the platform's word.
REJECTIONS: Mapping[str, Sentence] = {
    "INCORRECT_PARAMS": say("Its variables are not written as the platform wants them."),
    "PARAMS_TO_WORD_RATIO_EXCEED_LIMIT": say("It has too many variables for so few words."),
    "TAG_SHOULD_BE_MARKETING": say("It promotes something, so it is no utility template."),
}


def state(row: Template) -> tuple[Sentence, str]:
    """The word and its mood."""
    known = template.state_of(row.state)
    return template.state_words(row.state), MOODS.get(known, "")


def quality(row: Template) -> Sentence | None:
    if not row.quality:
        return None
    return QUALITIES.get(row.quality, say("%(quality)s", quality=row.quality))


def rejection(row: Template) -> Sentence | None:
    """Why it was rejected or paused."""
    if not row.rejected_reason:
        return None
    known = REJECTIONS.get(row.rejected_reason.upper())
    return known or say("The platform says: %(reason)s", reason=row.rejected_reason)

"""What a check finds before a send: green, amber or red, each on the step that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.policy.verdict import Verdict
from webapp.domain.wording import Sentence


class Mood(StrEnum):
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class Step(StrEnum):
    """Where on the page a line is mended."""

    ABOUT = "about"
    MESSAGE = "message"
    AUDIENCE = "audience"
    SCHEDULE = "schedule"


@dataclass(frozen=True)
class Line:
    """One finding. A red one names its `field`, as the API's errors do."""

    mood: Mood
    words: Sentence
    step: Step
    field: str = ""
    rule: Verdict | None = None
    source: str | None = None  # an https address: the rule's, or the price list's


def bad(step: Step, field: str, words: Sentence) -> Line:
    return Line(Mood.BAD, words, step, field)


def address(source: str) -> str | None:
    """The house's own rules have no page to lead to."""
    return source if source.startswith("https://") else None

"""What a caller did wrong. What the world answered is a result value, never one of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp.domain.wording import Sentence, say


class FanlightError(Exception):
    """An error a person can read: `sentence` says what happened and what to do."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class Refused(FanlightError):
    """The request is understood and not allowed in the present state."""


class Conflict(Refused):
    """Somebody else changed it first, or it exists already."""


class Stale(Conflict):
    """It was to be changed only as long as it is what the caller has seen."""


class Forbidden(FanlightError):
    """The person's role does not carry this permission."""


class NotFound(FanlightError):
    """No such thing for this person; other brands' things are not found either."""

    def __init__(self, noun: str, key: object) -> None:
        super().__init__(say("There is no %(noun)s %(key)s here.", noun=noun, key=key))


class Invalid(FanlightError):
    """Input that cannot be used, with its reasons by field (dotted names for nested ones)."""

    def __init__(self, errors: Mapping[str, Sequence[Sentence]]) -> None:
        first = next(iter(errors.values()))[0]
        super().__init__(first)
        self.errors = {name: list(sentences) for name, sentences in errors.items()}

"""One clause of a rule: the facts under which it speaks, and until when what it says stays so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.policy import situation as situations
from webapp.domain.policy.situation import Situation
from webapp.domain.policy.verdict import Until

# Facts of the question rather than of the person: they hold for the whole broadcast.
QUESTION_FACTS = ("suspended", "ad_account", "template_approved")
LACKS = "lacks"  # names approvals of which the channel has none

Facts = Mapping[str, int]


def facts_of(situation: Situation) -> Facts:
    """The facets of a situation by name."""
    return {facet.name: getattr(situation, facet.name) for facet in situations.FACETS}


@dataclass(frozen=True)
class Clause:
    """Speaks when every named fact has one of its values; with none named, always."""

    when: tuple[tuple[str, frozenset[int]], ...]
    lacks: frozenset[str]
    until: Until

    @property
    def personal(self) -> bool:
        """Whether it looks at the recipient at all."""
        return any(name not in QUESTION_FACTS for name, _ in self.when)

    def speaks(self, facts: Facts, approvals: frozenset[str]) -> bool:
        """Whether these facts are the ones it is about. A fact that is not given never matches."""
        if self.lacks & approvals:
            return False
        return all(facts.get(name, -1) in values for name, values in self.when)

"""One clause of a rule: the facts under which it speaks, and until when what it says stays so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.policy import situation as situations
from webapp.domain.policy.rules.row import Row
from webapp.domain.policy.situation import Facet, Region, Situation
from webapp.domain.policy.verdict import Until

# Facts of the question rather than of the person: they hold for the whole broadcast.
QUESTION_FACTS = ("suspended", "ad_account", "template_approved")
LACKS = "lacks"  # names approvals of which the channel has none
_FACETS = {facet.name: facet for facet in situations.FACETS}

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


def read(row: Row, field: str) -> Clause | None:
    """The clause in a field of a rule; None when there is none."""
    inner = row.inner(field)
    if inner is None:
        return None
    until = inner.one_of("until", Until) if "until" in inner.names() else Until.NEVER_BY_ITSELF
    when = tuple(_condition(row, field, name, value) for name, value in inner.table("when").items())
    lacks = frozenset(inner.words(LACKS))
    inner.done()
    return Clause(when, lacks, until)


def _condition(row: Row, field: str, name: str, value: object) -> tuple[str, frozenset[int]]:
    facet = _FACETS.get(name)
    if facet is None and name not in QUESTION_FACTS:
        raise row.wrong(field, f'"{name}" is no fact a rule can ask about')
    if facet is None or facet.values is None:
        if not isinstance(value, bool):
            raise row.wrong(field, f"{name} is true or false")
        return name, frozenset({int(value)})
    listed = value if isinstance(value, list) else [value]
    values = frozenset(_facet_value(row, field, facet, word) for word in listed)
    return name, _strictly(name, field, values)


def _facet_value(row: Row, field: str, facet: Facet, word: object) -> int:
    known = {} if facet.values is None else facet.values.__members__
    member = known.get(str(word).upper())
    if member is None or member is Region.UNKNOWN:
        raise row.wrong(field, f'"{word}" is no {facet.name}')
    return int(member)


def _strictly(name: str, field: str, values: frozenset[int]) -> frozenset[int]:
    """Whoever may be in a region where sending is forbidden is taken to be there."""
    strict = name == "region" and field != "allows"
    return values | {int(Region.UNKNOWN)} if strict else values

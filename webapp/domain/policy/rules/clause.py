"""One clause of a rule: the facts under which it speaks, and until when what it says stays so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.policy import situation as situations
from webapp.domain.policy.region import GROUPS, Region
from webapp.domain.policy.rules.row import Row
from webapp.domain.policy.situation import Facet, Situation
from webapp.domain.policy.verdict import Until

# Facts of the question rather than of the person: they hold for the whole broadcast. Each is yes
# or no, or one of the words after it.
QUESTION_FACTS: Mapping[str, tuple[str, ...]] = {
    "suspended": (),
    "ad_account": (),
    "template_approved": (),
    "portfolio_full": (),
    "template_category": ("marketing", "utility", "authentication"),
    "template_state": (
        *("approved", "pending", "in_appeal", "limit_exceeded", "rejected", "paused"),
        *("disabled", "archived", "deleted"),
    ),
}
LACKS = "lacks"  # names approvals of which the channel has none
_FACETS = {facet.name: facet for facet in situations.FACETS}

Value = int | str
Facts = Mapping[str, Value]


def facts_of(situation: Situation) -> Facts:
    """The facets of a situation by name."""
    return {facet.name: getattr(situation, facet.name) for facet in situations.FACETS}


@dataclass(frozen=True)
class Clause:
    """Speaks when every named fact has one of its values; with none named, always."""

    when: tuple[tuple[str, frozenset[Value]], ...]
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


def conditions(row: Row) -> Clause:
    """The clause of a table whose only condition is its `when`, about the person alone."""
    found = [_condition(row, "when", *it) for it in row.table("when").items()]
    if any(name in QUESTION_FACTS for name, _ in found):
        raise row.wrong("when", "only facts of the person are expected")
    return Clause(tuple(found), frozenset(), Until.NEVER_BY_ITSELF)


def _condition(row: Row, field: str, name: str, value: object) -> tuple[str, frozenset[Value]]:
    if name not in _FACETS and name not in QUESTION_FACTS:
        raise row.wrong(field, f'"{name}" is no fact a rule can ask about')
    if not _has_words(name):
        if not isinstance(value, bool):
            raise row.wrong(field, f"{name} is true or false")
        return name, frozenset({int(value)})
    listed = value if isinstance(value, list) else [value]
    values = [_values(row, field, name, word) for word in listed]
    return name, _strictly(name, field, frozenset[Value]().union(*values))


def _has_words(name: str) -> bool:
    facet = _FACETS.get(name)
    return bool(QUESTION_FACTS[name]) if facet is None else facet.values is not None


def _values(row: Row, field: str, name: str, word: object) -> frozenset[Value]:
    """What a word stands for; a group of regions stands for several values."""
    facet = _FACETS.get(name)
    if name == "region" and str(word) in GROUPS:
        return frozenset(int(region) for region in GROUPS[str(word)])
    if facet is None and word in QUESTION_FACTS[name]:
        return frozenset({str(word)})
    if facet is not None and name != "region":
        return frozenset({_member(row, field, facet, word)})
    raise row.wrong(field, f'"{word}" is no {name}')


def _member(row: Row, field: str, facet: Facet, word: object) -> int:
    known = {} if facet.values is None else facet.values.__members__
    if str(word).upper() not in known:
        raise row.wrong(field, f'"{word}" is no {facet.name}')
    return int(known[str(word).upper()])


def _strictly(name: str, field: str, values: frozenset[Value]) -> frozenset[Value]:
    """Whoever may be in a region where sending is forbidden is taken to be there."""
    strict = name == "region" and field != "allows"
    return values | {int(Region.UNKNOWN)} if strict else values

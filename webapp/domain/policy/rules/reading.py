"""Rows of the TOML files, made into rules, limits and price cards."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.broadcast import Kind
from webapp.domain.policy import situation as situations
from webapp.domain.policy.rules import clause as clauses
from webapp.domain.policy.rules import rule as rules
from webapp.domain.policy.rules.clause import Clause
from webapp.domain.policy.rules.limit import Limit
from webapp.domain.policy.rules.price import Card
from webapp.domain.policy.rules.regions import Countries, Regions
from webapp.domain.policy.rules.row import Row
from webapp.domain.policy.rules.rule import Rule
from webapp.domain.policy.situation import Facet, Region
from webapp.domain.policy.verdict import Route, Until

PLATFORMS = ("messenger", "instagram", "whatsapp")
_FACETS = {facet.name: facet for facet in situations.FACETS}
_REGIONS = {region.name: region for region in Region if region is not Region.UNKNOWN}


def rule_of(row: Row) -> Rule:
    """One [[rule]] table. RulebookError names the file, the rule and the field."""
    first = row.day("valid_from")
    made = Rule(
        id=row.id,
        platform=_platform(row, (*PLATFORMS, rules.ANY)),
        kinds=_required_kinds(row),
        route=row.one_of("route", Route) if "route" in row.names() else None,
        valid_from=first,
        valid_to=row.last_day(first),
        text=row.text("sentence"),
        source=row.source(),
        checked_on=row.day("checked_on"),
        confidence=row.confidence(),
        denies=_clause(row, "denies"),
        holds=_clause(row, "holds"),
        allows=_clause(row, "allows"),
        business_regions=_countries(row),
        recipient_regions=_regions(row),
        params=_params(row),
        note=row.text("note", ""),
    )
    _check_sentence(row, made)
    row.done()
    return made


def limit_of(row: Row) -> Limit:
    """One [[limit]] table."""
    first = row.day("valid_from")
    made = Limit(
        id=row.id,
        platform=_platform(row, PLATFORMS),
        name=row.text("name"),
        value=row.whole("value"),
        unit=row.text("unit"),
        kinds=_kinds(row, "kinds"),
        valid_from=first,
        valid_to=row.last_day(first),
        source=row.source(),
        checked_on=row.day("checked_on"),
        confidence=row.confidence(),
        note=row.text("note", ""),
    )
    row.done()
    return made


def card_of(row: Row) -> Card:
    """One [[card]] table; `rates` rows have one number per route in `routes`."""
    first = row.day("valid_from")
    routes = tuple(_route(row, word) for word in row.words("routes"))
    made = Card(
        id=row.id,
        platform=_platform(row, PLATFORMS),
        currency=row.text("currency"),
        routes=routes,
        rates={name: _rates(row, name, len(routes)) for name in row.table("rates")},
        markets={name: str(market) for name, market in row.table("markets").items()},
        valid_from=first,
        valid_to=row.last_day(first),
        source=row.source(),
        checked_on=row.day("checked_on"),
        confidence=row.confidence(),
        note=row.text("note", ""),
    )
    if not made.rates:
        raise row.wrong("rates", "a card needs at least one market")
    row.done()
    return made


def _platform(row: Row, known: tuple[str, ...]) -> str:
    name = row.text("platform")
    if name not in known:
        raise row.wrong("platform", f'"{name}" is unknown; known are {", ".join(known)}')
    return name


def _required_kinds(row: Row) -> frozenset[Kind]:
    row.raw("kinds")
    return _kinds(row, "kinds")


def _kinds(row: Row, field: str) -> frozenset[Kind]:
    named = row.words(field)
    if named == (rules.ANY,):
        return frozenset(Kind)
    for word in named:
        if word not in set(Kind):
            raise row.wrong(field, f'"{word}" is unknown; known are any, {", ".join(Kind)}')
    return frozenset(Kind(word) for word in named)


def _route(row: Row, word: str) -> Route:
    if word not in set(Route):
        raise row.wrong("routes", f'"{word}" is unknown; known are {", ".join(Route)}')
    return Route(word)


def _rates(row: Row, market: str, width: int) -> tuple[int, ...]:
    rates = row.table("rates")[market]
    listed = rates if isinstance(rates, list) else [rates]
    if len(listed) != width or not all(type(rate) is int and rate >= 0 for rate in listed):
        raise row.wrong("rates", f"{market} needs {width} whole number(s), in millionths")
    return tuple(listed)


def _clause(row: Row, field: str) -> Clause | None:
    inner = row.inner(field)
    if inner is None:
        return None
    until = inner.one_of("until", Until) if "until" in inner.names() else Until.NEVER_BY_ITSELF
    when = tuple(_condition(row, field, name, value) for name, value in inner.table("when").items())
    lacks = frozenset(inner.words(clauses.LACKS))
    inner.done()
    return Clause(when, lacks, until)


def _condition(row: Row, field: str, name: str, value: object) -> tuple[str, frozenset[int]]:
    facet = _FACETS.get(name)
    if facet is None and name not in clauses.QUESTION_FACTS:
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


def _countries(row: Row) -> Countries:
    inner = row.inner("business_regions")
    if inner is None:
        return Countries()
    only, excluded = _only_or_except(inner, "business_regions")
    found = [_expand(row, "business_regions", words) for words in (only or (), excluded)]
    return Countries(None if only is None else found[0], found[1])


def _expand(row: Row, field: str, words: tuple[str, ...]) -> frozenset[str]:
    codes: set[str] = set()
    for word in words:
        group = situations.COUNTRIES.get(_REGIONS.get(word, Region.UNKNOWN))
        code = situations.country_code(word)
        if group is None and code != word:
            raise row.wrong(field, f'"{word}" is neither a region nor an ISO 3166 country code')
        codes |= group or {word}
    return frozenset(codes)


def _regions(row: Row) -> Regions:
    inner = row.inner("recipient_regions")
    if inner is None:
        return Regions()
    only, excluded = _only_or_except(inner, "recipient_regions")
    for word in (*(only or ()), *excluded):
        if word not in _REGIONS:
            raise row.wrong(
                "recipient_regions", f'"{word}" is unknown; known are {", ".join(_REGIONS)}'
            )
    return Regions(
        None if only is None else frozenset(_REGIONS[word] for word in only),
        frozenset(_REGIONS[word] for word in excluded),
    )


def _only_or_except(inner: Row, field: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    only = inner.words("only") if "only" in inner.names() else None
    excluded = inner.words("except")
    if (only is None) == (not excluded) or set(inner.names()) - {"only", "except"}:
        raise inner.wrong(field, "either `only` or `except` is expected, with a list of places")
    return only, excluded


def _params(row: Row) -> Mapping[str, int | float | str]:
    params = row.table("params")
    for name, value in params.items():
        if not isinstance(value, int | float | str):
            raise row.wrong("params", f"{name} is neither a number nor a text")
    return params  # type: ignore[return-value]


def _check_sentence(row: Row, made: Rule) -> None:
    try:
        _ = made.text % made.params if made.params or "%" in made.text else made.text
    except (KeyError, ValueError, TypeError) as error:
        raise row.wrong("sentence", f"its values are not all in params: {error}") from error

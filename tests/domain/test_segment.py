from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import segment, segment_fields, segment_values
from webapp.domain.errors import Invalid
from webapp.domain.segment import EVERYONE, Group, GroupKind, Leaf, Node
from webapp.domain.segment_fields import NEGATIVES, FieldType, Op, ValueKind
from webapp.domain.subscriber import AttributeType, Doing, Facts, TopicState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ATTRIBUTES = {
    "store": AttributeType.TEXT,
    "orders": AttributeType.NUMBER,
    "spent": AttributeType.MONEY,
    "born": AttributeType.DATE,
    "called": AttributeType.TIME,
    "member": AttributeType.YESNO,
    "sizes": AttributeType.LIST,
}
ANA = Facts(
    id=1,
    country="BR",
    locale="pt_BR",
    timezone="America/Sao_Paulo",
    city="São Paulo",
    gender="female",
    first_name="Ana",
    last_name="Souza",
    source="message",
    tags=frozenset({"vip", "press"}),
    topics={"news": TopicState.STOPPED},
    last_inbound_at=NOW - timedelta(hours=1),
    first_seen_at=NOW - timedelta(days=400),
    window_ends_at=NOW + timedelta(hours=23),
    import_ids=frozenset({7}),
    kept_in=frozenset({5}),
    doings={
        "received": tuple(Doing(NOW - timedelta(days=n), broadcast=n) for n in (1, 2, 40)),
        "read": (Doing(NOW - timedelta(days=1), broadcast=1),),
        "wrote": (Doing(NOW - timedelta(days=7)), Doing(NOW - timedelta(days=8))),
    },
    attributes={
        "store": "Campo",
        "orders": Decimal(3),
        "spent": Decimal("602.35"),
        "born": date(1990, 5, 1),
        "called": NOW - timedelta(days=2),
        "member": True,
        "sizes": ("S", "M"),
    },
)
BEN = Facts(
    id=2, window_ends_at=NOW - timedelta(hours=24), last_inbound_at=NOW - timedelta(hours=48)
)
CARA = Facts(id=3, opted_out=True, unavailable=True, city="")
DAO = Facts(
    id=4,
    country="TH",
    topics={"price-drops": TopicState.OPTED_IN, "old": TopicState.EXPIRED},
    topic_ends={"price-drops": NOW + timedelta(days=3), "old": NOW - timedelta(days=3)},
)
CAST = {"Ana": ANA, "Ben": BEN, "Cara": CARA, "Dao": DAO}


def leaf(field: str, op: str, value: object = None) -> dict[str, object]:
    return {"field": field, "op": op, **({} if value is None else {"value": value})}


def names(tree: object) -> str:
    node = segment.parse(tree, ATTRIBUTES)
    return " ".join(name for name, facts in CAST.items() if segment.matches(node, facts, NOW))


CASES = [
    (leaf("country", "is", "br"), "Ana"),
    (leaf("country", "is_not", "BR"), "Ben Cara Dao"),
    (leaf("country", "in", ["BR", "TH"]), "Ana Dao"),
    (leaf("country", "not_in", ["BR", "MX"]), "Ben Cara Dao"),
    (leaf("country", "known"), "Ana Dao"),
    (leaf("country", "unknown"), "Ben Cara"),
    (leaf("city", "unknown"), "Ben Cara Dao"),
    (leaf("city", "contains", "PAULO"), "Ana"),
    (leaf("city", "starts_with", "são"), "Ana"),
    (leaf("city", "is", "são paulo"), ""),
    (leaf("city", "not_contains", "PAULO"), "Ben Cara Dao"),
    (leaf("city", "ends_with", "PAULO"), "Ana"),
    (leaf("city", "ends_with", "x são paulo"), ""),
    (leaf("locale", "is", "pt-BR"), "Ana"),
    (leaf("language", "is", "PT"), "Ana"),
    (leaf("timezone", "starts_with", "America/"), "Ana"),
    (leaf("tag", "has", "vip"), "Ana"),
    (leaf("tag", "has_not", "vip"), "Ben Cara Dao"),
    (leaf("tag", "has_any", ["vip", "x"]), "Ana"),
    (leaf("tag", "has_all", ["vip", "x"]), ""),
    (leaf("tag", "has_all", ["vip", "press"]), "Ana"),
    (leaf("topic", "opted_in", "price-drops"), "Dao"),
    (leaf("topic", "not_opted_in", "price-drops"), "Ana Ben Cara"),
    (leaf("tag", "has_none", ["vip", "x"]), "Ben Cara Dao"),
    (leaf("topic", "stopped", "news"), "Ana"),
    (leaf("topic", "expired", "old"), "Dao"),
    (leaf("topic", "expires_within", {"topic": "price-drops", "days": 3}), "Dao"),
    (leaf("topic", "expires_within", {"topic": "price-drops", "days": 2}), ""),
    (leaf("topic", "expires_within", {"topic": "old", "days": 5}), ""),
    (leaf("topic", "asked", "news"), "Ana"),
    (leaf("topic", "never_asked", "news"), "Ben Cara Dao"),
    (leaf("last_inbound_at", "within_days", 1), "Ana"),
    (leaf("last_inbound_at", "within_days", "2"), "Ana Ben"),
    (leaf("last_inbound_at", "not_within_days", 1), "Ben Cara Dao"),
    (leaf("last_inbound_at", "before", "2026-11-22T00:00:00+01:00"), "Ben"),
    (leaf("last_inbound_at", "after", "2026-11-22T11:59:00+01:00"), "Ana"),
    (leaf("last_inbound_at", "unknown"), "Cara Dao"),
    (leaf("last_inbound_at", "over_days_ago", 1), "Ben"),
    (leaf("last_inbound_at", "over_days_ago", 2), ""),
    (leaf("attr.born", "in_coming_days", 9), ""),
    (leaf("window", "open"), "Ana"),
    (leaf("window", "open_at", "2026-11-23T10:59:59Z"), "Ana"),
    (leaf("window", "open_at", "2026-11-23T11:00:00Z"), ""),
    (leaf("window", "closes_within", 23), "Ana"),
    (leaf("window", "closes_within", "22"), ""),
    (leaf("received", "ever"), "Ana"),
    (leaf("received", "never", {}), "Ben Cara Dao"),
    (leaf("received", "never", {"broadcast": 40, "days": 30}), "Ana Ben Cara Dao"),
    (leaf("received", "ever", {"broadcast": "40"}), "Ana"),
    (leaf("received", "at_least", {"times": 2, "days": 2}), "Ana"),
    (leaf("received", "at_least", {"times": 3, "days": 39}), ""),
    (leaf("received", "at_least", {"times": "3", "days": "", "broadcast": None}), "Ana"),
    (leaf("received", "at_most", {"times": 2, "days": 39}), "Ana Ben Cara Dao"),
    (leaf("received", "at_most", {"times": 1, "days": 39}), "Ben Cara Dao"),
    (leaf("received", "at_most", {"times": 0}), "Ben Cara Dao"),
    (leaf("received", "more_than", {"times": 2}), "Ana"),
    (leaf("received", "at_least", {"times": 0}), "Ana Ben Cara Dao"),
    (leaf("wrote", "ever", {"days": 7}), "Ana"),
    (leaf("wrote", "ever", {"days": 6}), ""),
    (leaf("read", "at_least", {"times": 1, "days": 7, "broadcast": 1}), "Ana"),
    (leaf("read", "at_least", {"times": 1, "days": 7, "broadcast": 2}), ""),
    (leaf("segment", "member", 5), "Ana"),
    (leaf("segment", "not_member", "5"), "Ben Cara Dao"),
    (leaf("share", "in_share", {"name": "spring", "percent": 50}), "Cara"),
    (leaf("share", "not_in_share", {"name": "spring", "percent": 50}), "Ana Ben Dao"),
    (leaf("window", "closed"), "Ben Cara Dao"),
    (leaf("opted_out", "is", value=True), "Cara"),
    (leaf("unavailable", "is", value=False), "Ana Ben Dao"),
    (leaf("import", "is", 7), "Ana"),
    (leaf("import", "is_not", "7"), "Ben Cara Dao"),
    (leaf("attr.store", "is", "Campo"), "Ana"),
    (leaf("attr.orders", "=", 3), "Ana"),
    (leaf("attr.orders", "!=", 3), "Ben Cara Dao"),
    (leaf("attr.spent", ">", "602.34"), "Ana"),
    (leaf("attr.spent", "<", 602.35), ""),
    (leaf("attr.spent", "<=", 602.35), "Ana"),
    (leaf("attr.spent", ">=", 603), ""),
    (leaf("attr.spent", "between", [602.35, 602.35]), "Ana"),
    (leaf("attr.born", "before", "1990-05-02"), "Ana"),
    (leaf("attr.born", "after", "1990-05-01"), ""),
    (leaf("attr.born", "within_days", 20000), "Ana"),
    (leaf("attr.called", "within_days", 2), "Ana"),
    (leaf("attr.member", "is", value=True), "Ana"),
    (leaf("attr.member", "is", value=False), ""),
    (leaf("attr.sizes", "has", "M"), "Ana"),
    (leaf("attr.sizes", "has_not", "XL"), "Ana Ben Cara Dao"),
    (leaf("attr.sizes", "known"), "Ana"),
    ({"all": []}, "Ana Ben Cara Dao"),
    ({"any": []}, ""),
    ({"none": []}, "Ana Ben Cara Dao"),
    ({"any": [leaf("country", "is", "BR"), leaf("country", "is", "TH")]}, "Ana Dao"),
    ({"none": [leaf("country", "is", "BR"), leaf("country", "is", "TH")]}, "Ben Cara"),
    ({"all": [leaf("tag", "has", "vip"), {"none": [leaf("window", "closed")]}]}, "Ana"),
]


@pytest.mark.parametrize(("tree", "expected"), CASES)
def test_a_condition_finds_exactly_its_people(tree: object, expected: str) -> None:
    assert names(tree) == expected


@pytest.mark.parametrize("tree", [tree for tree, _ in CASES])
def test_a_tree_survives_its_json_and_can_be_said(tree: object) -> None:
    node = segment.parse(tree, ATTRIBUTES)
    assert segment.parse(segment.to_json(node), ATTRIBUTES) == node
    assert "%(" not in str(segment.describe(node))


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        (None, "rule"),
        ({}, "rule"),
        ({"all": [], "any": []}, "rule"),
        ({"every": []}, "rule"),
        ({"all": {}}, "all"),
        ({"all": [leaf("window", "open"), "vip"]}, "all.1"),
        (leaf("shoe_size", "is", "44"), "field"),
        ({"all": [leaf("country", "=", "BR")]}, "all.0.op"),
        ({"all": [leaf("country", "is", "BR"), leaf("country", "in", [])]}, "all.1.value"),
        ({"any": [{"none": [leaf("country", "is", 5)]}]}, "any.0.none.0.value"),
        (leaf("attr.age", ">", 5), "field"),
        (leaf("attr.orders", ">", "many"), "value"),
        (leaf("attr.orders", ">", value=True), "value"),
        (leaf("attr.orders", "between", [1]), "value"),
        (leaf("attr.member", "is", "maybe"), "value"),
        (leaf("attr.born", "before", "2026-02-30"), "value"),
        (leaf("last_inbound_at", "before", "2026-11-22T10:00:00"), "value"),
        (leaf("last_inbound_at", "before", "2026-11-22"), "value"),
        (leaf("last_inbound_at", "within_days", 0), "value"),
        (leaf("last_inbound_at", "within_days", "1.5"), "value"),
        (leaf("import", "is", "file.csv"), "value"),
        (leaf("window", "open", 5), "value"),
        (leaf("city", "is", "  "), "value"),
        (leaf("city", "is", "x\x00"), "value"),
        ({**leaf("city", "is", "x"), "not": True}, "not"),
        (leaf("window", "closes_within", 0), "value"),
        (leaf("window", "open_at", "2026-11-23"), "value"),
        (leaf("received", "at_least", {}), "value"),
        (leaf("received", "at_least", {"times": -1}), "value"),
        (leaf("received", "at_least", {"times": True}), "value"),
        (leaf("received", "at_least", {"times": 0.0}), "value"),
        (leaf("received", "at_least", {"times": 1001}), "value"),
        (leaf("received", "at_least", {"times": 1, "days": 0}), "value"),
        (leaf("received", "at_least", {"times": 1, "hours": 3}), "value"),
        (leaf("received", "never", {"times": 1}), "value"),
        (leaf("received", "never", [3]), "value"),
        (leaf("received", "never", {"broadcast": "x"}), "value"),
        (leaf("received", "exactly", {"times": 1}), "op"),
        (leaf("wrote", "ever", {"broadcast": 7}), "value"),
        (leaf("topic", "expires_within", "news"), "value"),
        (leaf("topic", "expires_within", {"topic": "news"}), "value"),
        (leaf("topic", "expires_within", {"days": 3}), "value"),
        (leaf("segment", "member", "VIP"), "value"),
        (leaf("share", "in_share", {"name": "spring", "percent": 100}), "value"),
        (leaf("share", "in_share", {"name": "spring", "percent": 0}), "value"),
        (leaf("share", "in_share", {"name": "", "percent": 5}), "value"),
        (leaf("share", "in_share", {"name": "x" * 81, "percent": 5}), "value"),
        (leaf("share", "in_share", 5), "value"),
    ],
)
def test_a_fault_is_named_at_its_path(tree: object, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        segment.parse(tree, ATTRIBUTES)
    assert list(caught.value.errors) == [path]


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        segment.parse({"all": [leaf("city", "is"), leaf("x", "is"), leaf("tag", "is")]}, {})
    assert list(caught.value.errors) == ["all.0.value", "all.1.field", "all.2.op"]


def nested(depth: int) -> dict[str, object]:
    tree: dict[str, object] = {"all": []}
    for _ in range(depth - 1):
        tree = {"all": [tree]}
    return tree


def test_a_tree_is_at_most_six_groups_deep_and_two_hundred_conditions_wide() -> None:
    segment.parse(nested(6), {})
    with pytest.raises(Invalid, match="6 deep"):
        segment.parse(nested(7), {})
    with pytest.raises(Invalid, match="6 deep"):
        segment.parse(nested(900), {})
    hundred = {"any": [leaf("window", "open")] * 100}
    segment.parse({"all": [hundred, hundred]}, {})
    with pytest.raises(Invalid, match="200 conditions"):
        segment.parse({"all": [hundred, hundred, leaf("window", "open")]}, {})


@pytest.mark.parametrize("number", ["sNaN", "nan", "inf", "1e400", "1e-7", 10**12, "1" * 99, ""])
def test_a_number_the_database_could_not_hold_is_refused(number: object) -> None:
    with pytest.raises(Invalid):
        segment.parse(leaf("attr.orders", "=", number), ATTRIBUTES)


def test_equal_rules_have_equal_fingerprints() -> None:
    def print_of(tree: object) -> str:
        return segment.fingerprint(segment.parse(tree, ATTRIBUTES))

    assert print_of(leaf("country", "in", ["MX", "br", "BR"])) == print_of(
        leaf("country", "in", ["BR", "MX"])
    )
    assert print_of(leaf("attr.spent", ">", "5.0")) == print_of(leaf("attr.spent", ">", 5))
    assert print_of({"all": []}) != print_of({"any": []})


def test_the_rule_reads_like_a_sentence() -> None:
    tree = {
        "all": [
            leaf("country", "in", ["BR", "MX"]),
            leaf("tag", "has", "vip"),
            leaf("last_inbound_at", "within_days", 30),
        ]
    }
    called = segment.Names(lambda _f, value: {"BR": "Brazil", "MX": "Mexico"}.get(value, value))
    assert str(segment.describe(segment.parse(tree, {}), called)) == (
        "country is Brazil or Mexico, tagged vip and wrote to us in the last 30 days"
    )


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        (leaf("read", "at_least", {"times": 3, "days": 30}),
         "read a message at least 3 times in the last 30 days"),
        (leaf("replied", "never", {"broadcast": 7}), "never replied to “7”"),
        (leaf("received", "at_most", {"times": 1, "days": 1}),
         "received a message at most once in the last day"),
        (leaf("topic", "expires_within", {"topic": "news", "days": 3}),
         "the opt-in to news expires within 3 days"),
        (leaf("window", "closes_within", 4), "the window closes within 4 hours"),
        (leaf("segment", "not_member", 7), "not in the segment “7”"),
        (leaf("share", "not_in_share", {"name": "spring", "percent": 10}),
         "not in the first 10% of the split “spring”"),
        (leaf("last_inbound_at", "over_days_ago", 30), "last wrote to us more than 30 days ago"),
        (leaf("tag", "has_none", ["a", "b"]), "not tagged a or b"),
    ],
)  # fmt: skip
def test_each_kind_of_condition_reads_like_a_sentence(tree: object, sentence: str) -> None:
    assert str(segment.describe(segment.parse(tree, {}))) == sentence


def test_a_nested_rule_keeps_its_brackets() -> None:
    tree = {
        "none": [
            {"all": [leaf("window", "open"), leaf("opted_out", "is", value=True)]},
            leaf("attr.orders", "between", [1, 2]),
        ]
    }
    assert str(segment.describe(segment.parse(tree, ATTRIBUTES))) == (
        "not: (the window is open and has opted out) or orders is between 1 and 2"
    )


def test_a_thousand_values_can_be_said() -> None:
    tree = leaf("city", "in", [f"town {n:04}" for n in range(1000)])
    assert str(segment.describe(segment.parse(tree, {}))).endswith("town 0998 or town 0999")


def test_who_is_out_learns_which_conditions_fail() -> None:
    tree = {
        "all": [
            leaf("window", "open"),
            leaf("country", "is", "BR"),
            {"none": [leaf("tag", "has", "press")]},
        ]
    }
    node = segment.parse(tree, {})
    assert [each.field for each in segment.failing(node, ANA, NOW)] == ["tag"]
    assert [each.field for each in segment.failing(node, BEN, NOW)] == ["window", "country"]
    assert segment.failing(EVERYONE, BEN, NOW) == []


def test_a_value_stored_under_an_earlier_type_counts_as_unknown() -> None:
    facts = Facts(attributes={"orders": "three", "born": NOW})
    assert not segment.matches(segment.parse(leaf("attr.orders", ">", 1), ATTRIBUTES), facts, NOW)
    assert segment.matches(segment.parse(leaf("attr.born", "unknown"), ATTRIBUTES), facts, NOW)


def test_every_operator_of_the_table_has_a_meaning_and_words() -> None:
    samples: dict[ValueKind, Any] = {
        ValueKind.NOTHING: None,
        ValueKind.TEXT: "vip",
        ValueKind.TEXTS: ["vip"],
        ValueKind.DAYS: 3,
        ValueKind.MOMENT: "2026-11-22T10:00:00Z",
        ValueKind.DAY: "2026-11-22",
        ValueKind.NUMBER: 3,
        ValueKind.NUMBERS: [1, 3],
        ValueKind.YESNO: True,
        ValueKind.KEY: 7,
        ValueKind.HOURS: 3,
        ValueKind.PERIOD: {"days": 3},
        ValueKind.TIMES: {"times": 2, "days": 3},
        ValueKind.TOPIC_DAYS: {"topic": "news", "days": 3},
        ValueKind.SHARE: {"name": "spring", "percent": 10},
    }
    for field in segment_fields.fields(ATTRIBUTES).values():
        for op, operator in field.operators.items():
            node = segment.parse(leaf(field.name, op, samples[operator.takes]), ATTRIBUTES)
            for facts in CAST.values():
                assert segment.matches(node, facts, NOW) in (True, False)
            assert str(segment.describe(node))


texts = st.sampled_from(["BR", "MX", "vip", "é", "news"])
known_facts = st.builds(
    Facts,
    country=st.none() | texts,
    city=st.none() | st.just("") | texts,
    tags=st.frozensets(texts),
    topics=st.dictionaries(texts, st.sampled_from(TopicState)),
    last_inbound_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    window_ends_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    opted_out=st.booleans(),
    doings=st.fixed_dictionaries(
        {},
        optional={
            "read": st.lists(
                st.builds(Doing, st.datetimes(timezones=st.just(UTC)), st.integers(1, 3))
            )
        },
    ),
    attributes=st.fixed_dictionaries(
        {},
        optional={"orders": st.integers(0, 9).map(Decimal), "sizes": st.lists(texts).map(tuple)},
    ),
)


def _value(takes: ValueKind) -> st.SearchStrategy[Any]:
    return {
        ValueKind.NOTHING: st.none(),
        ValueKind.TEXT: texts,
        ValueKind.TEXTS: st.lists(texts, min_size=1, max_size=3),
        ValueKind.DAYS: st.integers(1, 60),
        ValueKind.MOMENT: st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
        ValueKind.NUMBER: st.integers(0, 9),
        ValueKind.NUMBERS: st.lists(st.integers(0, 9), min_size=2, max_size=2),
        ValueKind.YESNO: st.booleans(),
        ValueKind.HOURS: st.integers(1, 60),
        ValueKind.PERIOD: st.fixed_dictionaries({}, optional=_OPTIONAL),
        ValueKind.TIMES: st.fixed_dictionaries({"times": st.integers(1, 3)}, optional=_OPTIONAL),
        ValueKind.TOPIC_DAYS: st.fixed_dictionaries({"topic": texts, "days": st.integers(1, 60)}),
    }[takes]


_OPTIONAL = {"days": st.integers(1, 60), "broadcast": st.integers(1, 3)}


_ASKED = ["country", "city", "tag", "topic", "last_inbound_at", "window", "opted_out", "read"]
_ASKED += ["attr.orders", "attr.sizes"]
_PAIRS = [
    (field.name, op, operator.takes)
    for field in segment_fields.fields(ATTRIBUTES).values()
    if field.name in _ASKED
    for op, operator in field.operators.items()
]
leaves = st.sampled_from(_PAIRS).flatmap(
    lambda pair: _value(pair[2]).map(
        lambda value: segment.parse(leaf(pair[0], pair[1], value), ATTRIBUTES)
    )
)
trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.builds(
        Group, st.sampled_from(GroupKind), st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=8,
)
children = st.lists(trees, max_size=4).map(tuple)


def found(kind: str, nodes: tuple[Node, ...], facts: Facts) -> bool:
    return segment.matches(Group(GroupKind(kind), nodes), facts, NOW)


@given(children, known_facts)
def test_none_is_the_opposite_of_any(nodes: tuple[Node, ...], facts: Facts) -> None:
    assert found("none", nodes, facts) is not found("any", nodes, facts)


@given(children, known_facts)
def test_all_is_none_of_the_opposites(nodes: tuple[Node, ...], facts: Facts) -> None:
    opposites = tuple(Group(GroupKind.NONE, (node,)) for node in nodes)
    assert found("all", nodes, facts) is found("none", opposites, facts)


@given(children, children, known_facts)
def test_one_more_condition_never_widens_all_nor_narrows_any(
    some: tuple[Node, ...], more: tuple[Node, ...], facts: Facts
) -> None:
    assert found("all", some + more, facts) <= found("all", some, facts)
    assert found("any", some + more, facts) >= found("any", some, facts)


@given(leaves, known_facts)
def test_a_negative_operator_is_exactly_the_opposite(node: Leaf, facts: Facts) -> None:
    if node.op in NEGATIVES:
        positive = Leaf(node.field, NEGATIVES[node.op], node.value, node.type)
        assert segment.matches(node, facts, NOW) is not segment.matches(positive, facts, NOW)


@given(leaves)
def test_nobody_unknown_matches_a_positive_condition(node: Leaf) -> None:
    if node.op not in NEGATIVES and node.type is not FieldType.FLAG:
        assert not segment.matches(node, Facts(), NOW)


@given(trees, known_facts)
def test_somebody_out_always_learns_why(node: Node, facts: Facts) -> None:
    blocked = bool(segment.failing(node, facts, NOW))
    if segment.matches(node, facts, NOW):
        assert not blocked
    elif blocked:
        assert all(isinstance(each, Leaf) for each in segment.failing(node, facts, NOW))


@given(trees)
def test_json_keeps_any_tree_and_its_fingerprint(node: Node) -> None:
    again = segment.parse(segment.to_json(node), ATTRIBUTES)
    assert again == node
    assert segment.fingerprint(again) == segment.fingerprint(node)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["all", "any", "field", "op", "value", "x"]), inner)
)))  # fmt: skip
def test_no_input_breaks_the_reader(obj: object) -> None:
    try:
        segment.parse(obj, ATTRIBUTES)
    except Invalid as refused:
        assert refused.errors  # noqa: PT017


@given(st.decimals() | st.floats() | st.text(max_size=20))
def test_no_number_breaks_the_reader(raw: object) -> None:
    value = str(raw) if isinstance(raw, Decimal) else raw
    segment_values.read("attr.orders", ValueKind.NUMBER, value)


def test_operators_are_as_the_api_spells_them() -> None:
    assert [op.value for op in segment_fields.OPERATORS[FieldType.NUMBER]] == [
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "between",
        "not_between",
        "known",
        "unknown",
    ]
    assert Op("not_within_days") is Op.NOT_WITHIN_DAYS

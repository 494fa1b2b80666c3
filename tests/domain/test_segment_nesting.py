from __future__ import annotations

from collections.abc import Mapping

import pytest

from webapp.domain import segment, segment_nesting
from webapp.domain.errors import Invalid
from webapp.domain.segment import Node
from webapp.domain.wording import Sentence, say

OPEN = {"field": "window", "op": "open"}
FRENCH = {"field": "country", "op": "is", "value": "FR"}
FROZEN, GONE = 8, 9


def within(key: int, op: str = "member") -> dict[str, object]:
    return {"field": "segment", "op": op, "value": key}


def expanded(tree: object, kept: Mapping[int, object], own: int | None = None) -> Node:
    def lookup(key: int) -> Node | Sentence | None:
        if key == FROZEN:
            return None
        if key not in kept:
            return say("It is gone.")
        return segment.parse(kept[key], {})

    return segment_nesting.expanded(segment.parse(tree, {}), lookup, own)


def test_a_live_segment_is_its_rule_and_the_opposite_none_of_it() -> None:
    tree = {"all": [within(1), within(2, "not_member")]}
    meant = {"all": [OPEN, {"none": [FRENCH]}]}
    assert expanded(tree, {1: OPEN, 2: FRENCH}) == segment.parse(meant, {})


def test_segments_within_segments_are_put_in_and_frozen_ones_stay() -> None:
    kept = {1: {"any": [within(2), within(FROZEN)]}, 2: OPEN}
    assert expanded(within(1), kept) == segment.parse({"any": [OPEN, within(FROZEN)]}, {})


@pytest.mark.parametrize(
    ("tree", "kept", "own", "words"),
    [
        (within(1), {1: within(1)}, None, "cannot ask about itself"),
        (within(1), {1: within(2), 2: within(1)}, None, "cannot ask about itself"),
        (within(1), {1: within(3)}, 3, "cannot ask about itself"),
        (within(GONE), {}, None, "is gone"),
        (within(1), {n: within(n + 1) for n in range(1, 7)} | {7: OPEN}, None, "at most 4 deep"),
        (within(1), {1: {"any": [within(2)] * 50}, 2: {"any": [OPEN] * 50}}, None, "more than 400"),
    ],
)
def test_what_cannot_be_put_in_is_refused_with_a_sentence(
    tree: object, kept: Mapping[int, object], own: int | None, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        expanded(tree, kept, own)


def test_the_deepest_nesting_that_is_taken() -> None:
    assert expanded(within(1), {1: within(2), 2: within(3), 3: within(4), 4: OPEN}, own=0)

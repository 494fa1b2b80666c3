from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.policy import situation as situations
from webapp.domain.policy.situation import (
    FACETS,
    Region,
    Situation,
    TopicConsent,
    Window,
    without_country,
)

any_situation = st.builds(
    Situation,
    window=st.sampled_from(Window),
    recent_human=st.booleans(),
    topic=st.sampled_from(TopicConsent),
    topic_spaced=st.booleans(),
    paid_token=st.booleans(),
    paid_spaced=st.booleans(),
    opted_out=st.booleans(),
    unavailable=st.booleans(),
    capped=st.booleans(),
    quiet=st.booleans(),
    opted_in=st.booleans(),
    free_entry=st.booleans(),
    region=st.sampled_from(Region),
)


@given(any_situation)
def test_a_situation_is_its_code_and_back(situation: Situation) -> None:
    assert Situation.of(situation.code) == situation


@given(st.integers(0, situations.SITUATIONS - 1))
def test_a_code_is_its_situation_and_back(code: int) -> None:
    assert Situation.of(code).code == code


@pytest.mark.parametrize("code", [-1, situations.SITUATIONS])
def test_a_number_that_is_no_situation_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="no situation code"):
        Situation.of(code)


def test_every_fact_of_a_situation_is_one_facet_and_the_region_comes_last() -> None:
    assert [facet.name for facet in FACETS] == list(Situation.__dataclass_fields__)
    assert FACETS[-1].name == "region"  # so that a new region leaves stored codes as they are


def test_the_code_is_the_weighted_sum_that_sql_computes() -> None:
    ana = Situation(window=Window.OPEN, region=Region.US)
    weights = {facet.name: facet.weight for facet in FACETS}
    spaced = weights["topic_spaced"] + weights["paid_spaced"]
    assert ana.code == weights["window"] * 1 + weights["region"] * 6 + spaced


@given(st.dictionaries(any_situation.map(lambda it: it.code), st.integers(1, 9)))
def test_people_without_a_country_can_be_counted_from_their_codes(people: dict[int, int]) -> None:
    unknown = [n for code, n in people.items() if Situation.of(code).region is Region.UNKNOWN]
    assert without_country(people) == sum(unknown)

from __future__ import annotations

from datetime import date

import pytest

from webapp.domain.errors import Invalid
from webapp.forms import targets

MARCH = date(2026, 3, 1)


def test_fields_become_people_and_micros_and_empty_ones_nothing() -> None:
    posted = {"reach-2026-03": " 500 ", "budget-2026-03": "12.5", "reach-2026-04": "", "show": "q1"}
    assert targets.read(posted, 2026) == {
        (MARCH, "reach"): 500,
        (MARCH, "budget"): 12_500_000,
        (date(2026, 4, 1), "reach"): None,
    }
    assert targets.read(posted, 2027) == {}


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "nan", "inf", "1e99999", "2000000001", "1,5"])
def test_what_is_no_count_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        targets.read({"reach-2026-03": text, "reach-2026-04": "5"}, 2026)
    assert list(refused.value.errors) == ["reach-2026-03"]

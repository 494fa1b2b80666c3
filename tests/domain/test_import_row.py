"""What is staged of a row, and what is read of it again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import import_cells, import_row, import_trace
from webapp.domain.import_cells import Options
from webapp.domain.import_trace import Trace


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_stamp_says_in_iso_what_its_moment_says(at: datetime) -> None:
    stamped = import_row.stamp(at) or ""
    assert import_row.moment(stamped) == at
    assert import_row.iso(stamped) == at.isoformat()


@given(st.decimals(-(10**9) + 1, 10**9 - 1, places=6))
def test_a_number_is_the_same_however_many_zeros_it_is_kept_with(value: Decimal) -> None:
    written = f"{value:f}"
    assert repr(import_row.number(written)) == repr(import_cells.number(written, Options()))


def test_a_trace_of_acts_alone_is_the_text_of_its_json() -> None:
    for acts in [(), (7,), (7, 80)]:
        assert import_trace.of_acts(acts) == json.dumps(Trace(acts=acts).to_json())

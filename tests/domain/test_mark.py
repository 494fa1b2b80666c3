from __future__ import annotations

import pytest

from webapp.domain import confirmation, delivery
from webapp.domain.mark import LAST_EPOCH, Mark


@pytest.mark.parametrize("epoch", [None, 1, 0x1A2B3C4D, LAST_EPOCH])
@pytest.mark.parametrize("number", [1, 57, 10**18 - 1])
def test_a_mark_is_read_as_it_was_written(number: int, epoch: int | None) -> None:
    assert delivery.mark_in(delivery.key_of(number, epoch)) == Mark(number, epoch)
    assert confirmation.mark_in(confirmation.mark_of(number, epoch)) == Mark(number, epoch)


def test_a_key_from_before_there_were_epochs_has_none() -> None:
    assert delivery.key_of(57, None) == "fl:57"
    assert delivery.mark_in("fl:57") == Mark(57, None)


@pytest.mark.parametrize("text", [
    None, "", "fl:", "fl:x", "fl::7", "fl:7:", "fl:G:7", "fl:٣", "fl:-7", "fl:7 ", "fl:7\n",
    "fl:" + "9" * 19, "fl:ffffffff:7", "fl:123456789:7", "fl-reply:7", "xfl:7",
])  # fmt: skip
def test_what_is_no_mark_of_ours_names_nothing(text: str | None) -> None:
    assert delivery.mark_in(text) is None

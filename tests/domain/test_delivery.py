from __future__ import annotations

import pytest

from webapp.domain import delivery
from webapp.domain.delivery import FINAL, DeliveryState, Totals


def test_the_stored_integers_never_change() -> None:
    assert [(s.value, s.name) for s in DeliveryState] == [
        (0, "QUEUED"),
        (1, "CLAIMED"),
        (2, "SENT"),
        (3, "FAILED"),
        (4, "SKIPPED"),
        (5, "CANCELLED"),
        (6, "UNKNOWN"),
    ]


def test_only_queued_and_claimed_are_not_final() -> None:
    assert {s.name for s in DeliveryState if s not in FINAL} == {"QUEUED", "CLAIMED"}


def test_out_of_unknown_leads_only_sent_or_failed() -> None:
    ends = {s.name for s in DeliveryState if delivery.may_move(DeliveryState.UNKNOWN, s)}
    assert ends == {"SENT", "FAILED"}


@pytest.mark.parametrize("final", sorted(FINAL - {DeliveryState.UNKNOWN}))
def test_a_settled_delivery_moves_nowhere(final: DeliveryState) -> None:
    assert not any(delivery.may_move(final, state) for state in DeliveryState)


def test_nothing_is_sent_without_a_claim() -> None:
    assert not delivery.may_move(DeliveryState.QUEUED, DeliveryState.SENT)


def test_the_totals_add_up_or_say_so() -> None:
    totals = Totals.counted(10, {0: 1, 1: 2, 2: 3, 4: 3, 6: 1})
    assert (totals.waiting, totals.settled, totals.adds_up) == (3, 7, True)
    assert not Totals(audience=10, sent=9).adds_up


def test_a_state_nobody_knows_is_not_swallowed() -> None:
    with pytest.raises(ValueError, match="9"):
        Totals.counted(1, {9: 1})

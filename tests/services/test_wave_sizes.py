from __future__ import annotations

from webapp.services.wave_sizes import BURST, LEAST_ROOM, MOST_IN_FLIGHT, WaveSizes


def test_a_wave_that_missed_a_few_slots_stays_nearly_as_large() -> None:
    sizes = WaveSizes(most=300)
    sizes.learn_most(asked=280, missed=20)
    assert sizes.most == 290


def test_waves_settle_at_what_is_asked_in_its_time() -> None:
    sizes = WaveSizes()
    for _ in range(20):
        sizes.learn_most(asked=min(120, sizes.most), missed=max(0, sizes.most - 120))
    assert 120 <= sizes.most <= 120 + BURST


def test_a_wave_is_never_too_small_to_be_worth_its_claim_nor_too_large() -> None:
    small, large = WaveSizes(), WaveSizes()
    for _ in range(20):
        small.learn_most(asked=0, missed=1)
        large.learn_most(asked=large.most, missed=0)
    assert (small.most, large.most) == (LEAST_ROOM, MOST_IN_FLIGHT)

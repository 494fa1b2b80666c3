"""Every screen people can reach, on a phone: accessible, within the page, silent by the policy."""

from __future__ import annotations

import pytest

from tests.journeys import screens
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]


def test_every_screen_is_accessible_and_fits_a_phone(desk: Desk) -> None:
    faults = screens.faults(desk.you, desk.program.address, 390, 844)
    assert not faults, "\n".join(faults)
    assert not desk.complaints, "\n".join(desk.complaints)

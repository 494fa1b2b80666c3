"""Every screen people can reach, on a desk: accessible, inside the page, silent under the policy.

A file for each width, so that both are walked at the same time.
"""

from __future__ import annotations

import pytest

from tests.journeys import screens
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]


def test_every_screen_is_accessible_and_fits_a_desk(desk: Desk) -> None:
    faults = screens.faults(desk.you, desk.program.address, 1440, 900)
    assert not faults, "\n".join(faults)
    assert not desk.complaints, "\n".join(desk.complaints)

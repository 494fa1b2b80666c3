"""Every screen people can reach: accessible, inside the page, silent under the policy."""

from __future__ import annotations

import pytest

from tests.journeys import screens
from tests.journeys.conftest import Desk
from tests.views import chromium

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
SIZES = ((1440, 900), (390, 844))
WIDER = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


def test_every_screen_is_accessible_and_fits(desk: Desk) -> None:
    page = desk.you
    faults: list[str] = []
    paths = list(screens.found(page, desk.program.address))
    assert len(paths) > 15, paths
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            for path in paths:
                page.goto(desk.program.address + path)
                where = f"{path} at {width}, {theme}"
                faults += [f"{where}: {fault}" for fault in chromium.violations(page)]
                if (over := page.evaluate(WIDER)) > 0:
                    faults.append(f"{where}: {over} px too wide")
    assert not faults, "\n".join(faults)
    assert not desk.complaints, "\n".join(desk.complaints)

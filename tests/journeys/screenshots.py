"""`make screenshots`: every screen of the practice brand, 1440 and 390 px, light and dark."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.journeys import conftest, screens
from tests.journeys.conftest import Program
from tests.views import chromium

FOLDER = Path(__file__).parents[2] / "screenshots"
SIZES = ((1440, 900), (390, 844))
SETTLE_MS = 70_000  # so that the first broadcast is on its way


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    instance = Path(tempfile.mkdtemp(prefix="fanlight-screens-"))
    process = conftest.start(instance, instance / "printed.txt", people=3_000)
    try:
        program = conftest.ready(process, instance / "printed.txt", instance)
        with sync_playwright() as playwright:
            browser = chromium.launch(playwright)
            taken = take(browser, program)
            browser.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(conftest.STOP_WITHIN)
    print(f"{taken} pictures in {FOLDER.name}/")


def take(browser: Browser, program: Program) -> int:
    page = conftest.signed_in(browser, program.links[0], [])
    page.wait_for_timeout(SETTLE_MS)
    paths = list(screens.found(page, program.address))
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            for path in paths:
                page.goto(program.address + path)
                page.wait_for_load_state("networkidle")
                name = f"{screens.name_of(path)}-{width}-{theme}.png"
                page.screenshot(path=FOLDER / name, full_page=True)
    return 4 * len(paths)


if __name__ == "__main__":
    main()

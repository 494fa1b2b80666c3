"""The browser of the tests: the system's Chromium, else the one Playwright installs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

from tools import browser as installed

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text()
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast"]  # all that a page in the dark can have wrong besides


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=installed.found(), args=QUIET)


def violations(page: Page, rules: list[str] = RULES) -> list[str]:
    """What axe finds on the page as it stands, one line each: rule and element."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => window.axe !== undefined") or page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {preload: false, runOnly: rules})", rules
    )
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]

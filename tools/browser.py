"""Makes sure the tests find a Chromium: the system's, else Playwright's, else Debian's package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str | None:
    """The system's browser, by its path."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def main() -> int:
    if found() or _playwrights_own():
        return 0
    print("No Chromium here: fetching one for the tests (once) ...", flush=True)
    if _ran([sys.executable, "-m", "playwright", "install", "chromium"]) and _playwrights_own():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _ran(["apt-get", "-qq", "update"])
        _ran(["apt-get", "-qq", "-y", "install", "chromium"])
    if found():
        return 0
    print("The browser tests need Chromium. Install it and try again.", file=sys.stderr)
    return 1


def _playwrights_own() -> bool:
    """Whether the browser Playwright fetched is there and starts on this machine."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch(args=["--no-sandbox"]).close()
        except Error:
            return False
    return True


def _ran(command: list[str]) -> bool:
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())

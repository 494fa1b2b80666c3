"""Every screen of the running program, found by following its links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.views import chromium

NOT_SCREENS = re.compile(
    r"(\.(csv|pdf|png|svg|ics|xlsx|zip|json)$|/(file|export|charts?|webhooks|metrics|api)\b)"
)
LIKE = re.compile(r"/\d+|(?<=/texts)/[a-z-]+")  # a few broadcasts, one language, stand for all
MOST = 3
WIDER = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


def found(page: Page, address: str) -> Iterator[str]:
    """Paths, at most three of a kind: the pages reached from where `page` is, and from those."""
    waiting, seen, kinds = [urlsplit(page.url).path], set[str](), Counter[str]()
    while waiting:
        path = waiting.pop(0)
        kind = LIKE.sub("/N", path)
        if path in seen or kinds[kind] >= (MOST if "/broadcasts/" in path else 1):
            continue
        seen.add(path)
        kinds[kind] += 1
        answer = page.goto(address + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        waiting += links(page)
        yield path


def faults(page: Page, address: str, width: int, height: int) -> list[str]:
    """What is wrong with any screen at this size, in light and, of its colours, in dark."""
    page.set_viewport_size({"width": width, "height": height})
    wrong: list[str] = []
    seen = 0
    for path in found(page, address):
        seen += 1
        for theme, rules in (("light", chromium.RULES), ("dark", chromium.COLOURS)):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            where = f"{path} at {width}, {theme}"
            wrong += [f"{where}: {fault}" for fault in chromium.violations(page, rules)]
            if (over := page.evaluate(WIDER)) > 0:
                wrong.append(f"{where}: {over} px too wide")
    assert seen > 15, seen
    return wrong


def links(page: Page) -> list[str]:
    """Paths of this program that the page links to, in the order it does."""
    hrefs: list[str] = page.eval_on_selector_all(
        "a[href]:not([download])",  # also those inside a picture, whose .href is no text
        "all => all.map(a => new URL(a.getAttribute('href'), location).href)",
    )
    here = urlsplit(page.url).netloc
    paths = [urlsplit(href).path for href in hrefs if urlsplit(href).netloc == here]
    return [path for path in paths if not NOT_SCREENS.search(path)]


def name_of(path: str) -> str:
    """`/b/rosewood/broadcasts/95` is `broadcasts-95`."""
    return re.sub(r"[^a-z0-9]+", "-", path.removeprefix("/b/rosewood").lower()).strip("-") or "home"

"""The real application serves its own styles and scripts to anybody, and keeps them cached."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.views.browser import Browser


def test_the_sign_in_page_gets_all_it_links(client: Callable[[str | None], Browser]) -> None:
    browser = client(None)
    linked = re.findall(r'(?:href|src)="(/static[^"#]+)', browser.get("/sign-in").text)
    assert len(linked) >= 5
    for address in linked:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_page_from_before_an_update_still_finds_its_files(
    client: Callable[[str | None], Browser],
) -> None:
    assert client(None).get("/static/at/0123456789ab/css/fanlight.css").status_code == 200


def test_nothing_outside_of_static_is_served(client: Callable[[str | None], Browser]) -> None:
    assert client(None).get("/static/at/0123456789ab/../pyproject.toml").status_code == 404

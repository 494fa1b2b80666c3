"""Every screen opens for who may see it, is refused to who may not, and links only to what is."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.cast import Cast
from tests.views.browser import Browser
from tests.views.conftest import SignIn
from webapp.domain.permission import PERMISSIONS, Role
from webapp.views import access

HREF = re.compile(r'(?:href|action)="(/[^"#?]*)')
ROLES = [role.name.lower() for role in Role]


def plain_screens(app: Flask) -> list[tuple[str, str]]:
    """Addresses of GET screens that need no more than the brand, with the permission they ask."""
    found = []
    for methods, path, _, rule in access.rules(app):
        bare = path.replace("<brand_slug>", "rosewood")
        if rule and rule.who == "brand" and "GET" in methods and "<" not in bare:
            found.append((bare, rule.permission or "view"))
    return found


@pytest.mark.parametrize("role", ROLES)
def test_each_screen_opens_for_the_roles_that_may(app: Flask, client: SignIn, role: str) -> None:
    browser = client(role)
    for path, permission in plain_screens(app):
        may = Role[role.upper()] >= PERMISSIONS[permission]
        status = browser.get(path).status_code
        assert (status < 400) == may, (path, role, status)
        if not may:
            assert status == 403, (path, role, status)


def test_no_link_of_any_screen_leads_nowhere(app: Flask, client: SignIn) -> None:
    browser = client("admin")
    screens = [path for path, _ in plain_screens(app)]
    links = {link for path in screens for link in HREF.findall(browser.get(path).text)}
    adapter = app.url_map.bind("localhost")
    for link in links:
        assert any(adapter.test(link, method) for method in ("GET", "POST")), link


def test_no_screen_shows_an_inline_script_or_style(app: Flask, client: SignIn) -> None:
    browser = client("admin")
    for path, _ in plain_screens(app):
        page = browser.get(path)
        if page.mimetype == "text/html":
            assert not re.search(
                r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page.text
            ), path


def test_an_empty_brand_says_what_to_do_first(app: Flask, cast: Cast) -> None:
    browser = Browser(app).sign_in("admin@rosewood.example")
    made = browser.post(
        "/brands",
        {"name": "Juniper", "country": "FR", "timezone": "Europe/Paris", "currency": "EUR"},
    )
    assert made.location == "/b/juniper/settings/channels/"
    for path, _ in plain_screens(app):
        assert browser.get(path.replace("rosewood", "juniper")).status_code < 400, path
    assert "Begin with a channel" in browser.get("/b/juniper/").text

"""The composition root: one factory, the door in front of it, the table of addresses."""

from __future__ import annotations

import importlib
import pkgutil
import socket
import threading
from dataclasses import replace

from werkzeug.test import Client

from tests.cast import Cast
from tests.views.browser import Browser
from tests.views.conftest import SignIn
from webapp import app as webapp_app
from webapp import views
from webapp.house import House


def test_behind_https_the_cookie_is_secure_and_bound_to_this_host(house: House) -> None:
    secure = replace(house, settings=replace(house.settings, base_url="https://fanlight.example"))
    browser = Browser(webapp_app.create_app(secure))
    answer = browser.client.get("/sign-in", base_url="https://fanlight.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-fanlight=")
    assert "Secure" in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_the_webhook_door_stands_in_front(house: House, cast: Cast) -> None:
    web = Client(webapp_app.wsgi(house))
    asked = {"hub.mode": "subscribe", "hub.verify_token": "verify", "hub.challenge": "1158201444"}
    assert web.get("/webhooks/meta/default", query_string=asked).text == "1158201444"
    assert web.get("/webhooks/meta/unheard-of", query_string=asked).status_code == 404
    assert web.get("/healthz").status_code == 200


def test_every_screen_that_is_written_can_be_reached() -> None:
    """A module of `views` with a `blueprint` that the table leaves out is a screen nobody sees."""
    screens = {module.__name__ for module in webapp_app.SCREENS}
    names = [found.name for found in pkgutil.iter_modules(views.__path__, "webapp.views.")]
    written = {name for name in names if hasattr(importlib.import_module(name), "blueprint")}
    assert written == screens


def test_routes_say_who_may_call_them(house: House) -> None:
    table = {(methods, path): who for methods, path, who in webapp_app.routes(house)}
    assert table["GET", "/sign-in"] == "public"
    assert table["POST", "/b/<brand_slug>/settings/tokens/"] == "brand: token.edit"
    assert table["POST", "/brands"] == "operator: brand.create"
    assert "nobody" not in table.values()


def test_a_proxy_we_do_not_know_is_not_believed(client: SignIn) -> None:
    answer = client(None).client.get("/b/rosewood/", headers={"X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in answer.location


def test_slow_clients_keep_nobody_out(house: House) -> None:
    """A hundred and fifty posts that never end: whoever comes beside them is heard."""
    server = webapp_app.server(house, "127.0.0.1", 0)
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    address = "127.0.0.1", int(server.effective_port)
    slow = [socket.create_connection(address) for _ in range(150)]
    try:
        for one in slow:
            one.sendall(b"POST /webhooks/meta/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\na")
        with socket.create_connection(address, timeout=20) as beside:
            beside.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert beside.recv(100).startswith(b"HTTP/1.1 200")
    finally:
        for one in slow:
            one.close()
        server.close()

"""Stop everything, as an operator and as everybody else sees it."""

from __future__ import annotations

from tests.views.conftest import SignIn


def test_an_operator_stops_everything_and_goes_on(client: SignIn) -> None:
    operator, viewer = client("admin"), client("viewer")
    page = operator.get("/stop/")
    assert "Nothing is going out" in page.text
    assert "Nothing is being sent" not in page.text
    assert operator.post("/stop/").status_code == 303
    assert "Everything was stopped by" in operator.get("/b/rosewood/").text
    assert "An operator of this installation can go on." in viewer.get("/b/rosewood/").text
    assert "Go on: write to 0 people" in operator.get("/stop/").text
    assert "fanlight_halted 1.0" in operator.get("/metrics").text
    assert operator.post("/stop/end").status_code == 303
    assert "Nothing is being sent" not in viewer.get("/b/rosewood/").text
    assert "fanlight_halted 0.0" in operator.get("/metrics").text


def test_nobody_else_stops_or_goes_on(client: SignIn) -> None:
    for role in ("viewer", "editor", "manager"):
        browser = client(role)
        assert browser.get("/stop/").status_code == 403
        assert browser.post("/stop/").status_code == 403
        assert browser.post("/stop/end").status_code == 403
        assert "/stop/" not in browser.get("/b/rosewood/settings/").text
    assert client(None).get("/stop/").status_code == 303


def test_what_is_under_way_is_asked_for_again_and_again(client: SignIn) -> None:
    part = client("admin").get("/stop/", htmx=True).text
    assert part.lstrip().startswith('<section id="live"')

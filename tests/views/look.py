"""A small application that shows every component in every state, for the tests of the looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, Response, request
from flask_wtf import CSRFProtect

from webapp.domain import errors
from webapp.domain.delivery import Totals
from webapp.domain.message import Content, PostbackButton, QuickReply, UrlButton
from webapp.domain.wording import Sentence, say, say_n
from webapp.views import htmx, notices, presentation

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
INDEXES = ("broadcasts", "segments", "subscribers", "rules", "settings")
SCREENS = ("home.show", "year.show", "engagement.show", *(f"{name}.index" for name in INDEXES))
ADDED = say_n("%(n)s person was added.", "%(n)s people were added.", 1240)
NAMELESS = {"name": [say("Give it a name people will recognise.")]}
CARD = Content(
    text="Portas abertas às 9h",
    subtitle="Loja Campo, sexta 27",
    image_url="https://{{shop}}/door.jpg",
    buttons=(UrlButton("Guardar para mim", "https://example.com/"), PostbackButton("Onde?", "W")),
    quick_replies=tuple(QuickReply(t, t) for t in ("Sim, guarde", "Outra cor", "Parar")),
)
MESSAGES = {
    "card": CARD,
    "text": Content(text="สวัสดีค่ะ พรุ่งนี้ร้านเปิดเร็วขึ้นหนึ่งชั่วโมง\nXin chào, mai mở cửa sớm một tiếng"),
    "buttons": Content(text="مرحبا، نفتح غدا قبل ساعة", buttons=(PostbackButton("نعم", "YES"),)),
    "nothing": Content(),
}


@dataclass(frozen=True)
class Person:
    name: str = "Ana Souza"
    email: str = "ana@rosewood.example"
    language: str | None = None
    timezone: str | None = "America/Sao_Paulo"
    theme: str = "auto"


def make(viewer: Person | None = None, *, https: bool = False) -> Flask:
    app = Flask("look", root_path=str(ROOT))
    app.config.update(SECRET_KEY="for tests only", WTF_CSRF_METHODS=["PUT"])
    CSRFProtect(app)  # as in the product, where it reads the name of every view
    presentation.install(app, lambda: viewer, https=https)
    app.context_processor(lambda: _shared(viewer))
    app.url_defaults(_in_the_brand)
    for endpoint in SCREENS:
        _add_screen(app, *endpoint.split("."))
    app.add_url_rule("/sessions", "sessions.destroy", lambda: "")
    _add_failures(app)
    return app


def _shared(viewer: Person | None) -> dict[str, object]:
    brand = SimpleNamespace(name="Rosewood", slug="rosewood", timezone="America/Sao_Paulo")
    other = SimpleNamespace(name="Juniper & Daughters Homewares", slug="juniper")
    nav = {"home": 3, "rules": 1}
    return {
        "viewer": viewer,
        "brand": brand,
        "brands": [brand, other],
        "nav": nav,
        "now": NOW,
        "this_year": NOW.year,
    }


def _in_the_brand(endpoint: str, values: dict[str, object]) -> None:
    if endpoint in SCREENS:
        values.setdefault("brand_slug", "rosewood")


def _add_screen(app: Flask, name: str, action: str) -> None:
    screen = Blueprint(name, name)
    path = f"/b/<brand_slug>/{'' if name == 'home' else name}"
    screen.add_url_rule(path, action, _style, methods=["GET", "POST"])
    app.register_blueprint(screen)


def _style(brand_slug: str) -> Response:
    if "told" in request.args:
        notices.tell(ADDED)
    if "wrong" in request.args:
        return htmx.invalid("style/show.html", "form", **_cast(NAMELESS))
    return htmx.render("style/show.html", "form", **_cast({}))


def _cast(wrong: dict[str, list[Sentence]]) -> dict[str, Any]:
    waiting = {"queued": 3100, "claimed": 30}
    settled = {"sent": 8012, "failed": 21, "skipped": 1100, "cancelled": 200, "unknown": 17}
    return {
        "totals": Totals(12480, **waiting, **settled),
        "routes": [
            ("window", 3140, say("free")),
            ("subscription", 3480, say("free")),
            ("sponsored", 4760, "≈ US$61.90"),
            ("none", 1100, None),
        ],
        "wrong": wrong,
        "messages": MESSAGES,
        "people": say_n("%(n)s person", "%(n)s people", 1),
    }


def _add_failures(app: Flask) -> None:
    def fail(kind: str) -> Response:
        raise {
            "refused": errors.Refused(say("This broadcast is done and can no longer be changed.")),
            "forbidden": errors.Forbidden(say("Only a manager may approve.")),
            "missing": errors.NotFound("segment", "7"),
            "invalid": errors.Invalid({"name": [say("Give it a name people will recognise.")]}),
            "broken": ZeroDivisionError("on purpose"),
        }[kind]

    def away() -> Response:
        if "told" in request.args:
            notices.tell(ADDED)
        return htmx.redirect("/b/rosewood/broadcasts")

    app.add_url_rule("/fail/<kind>", "fail", fail)
    app.add_url_rule("/away", "away", away)
    app.add_url_rule("/target", "target", lambda: htmx.target() or "")

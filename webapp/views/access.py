"""Who asks, in which brand, and whether they may: the one gate every request passes.

Each endpoint declares its rule with one of the decorators below; one without a rule answers
nobody. What a view needs of its request it takes from `current()`. Everything it fetches comes
through `current().session`, which sees one brand only: ids of other brands are not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

import flask_login
from flask import Flask, Response, current_app, g, has_request_context, request, session, url_for
from sqlmodel import Session
from werkzeug.exceptions import BadRequest

from webapp import db
from webapp.domain import errors
from webapp.domain.permission import OPERATOR_ONLY, Actor, Role, Rule
from webapp.house import House
from webapp.models.brand import Brand
from webapp.services import attention, sign_in
from webapp.store import brands
from webapp.views import htmx

READING = frozenset({"GET", "HEAD", "OPTIONS"})
UNAUTHORIZED = 401
View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Anybody, signed in or not."""
    return _declare(view, Rule("public"))


def signed_in(view: View) -> View:
    """Whoever is signed in; no brand."""
    return _declare(view, Rule("signed in"))


def operator(permission: str) -> Callable[[View], View]:
    """Operators of the installation; no brand."""
    return lambda view: _declare(view, Rule("operator", permission))


def brand_screen(permission: str) -> Callable[[View], View]:
    """Members of the brand in the address, whose role carries `permission`."""
    return lambda view: _declare(view, Rule("brand", permission))


@dataclass(frozen=True)
class Viewer(flask_login.UserMixin):
    """Who looks: values only, so that they outlive the session that read them."""

    key: str
    sign_in_id: int
    user_id: int
    name: str
    email: str
    language: str
    timezone: str
    theme: str
    is_operator: bool

    def get_id(self) -> str:
        """The random key of the session on the server, not the person's id."""
        return self.key


class Current:
    """This request: the house, the time, who asks, in which brand, and one lazy session."""

    def __init__(self, house: House, viewer: Viewer | None) -> None:
        self.house = house
        self.now = house.clock.now()
        self.viewer = viewer
        self.brand_or_none: Brand | None = None
        self.actor = _actor(viewer, None)
        self._session: Session | None = None
        self._open = ExitStack()

    @property
    def brand(self) -> Brand:
        if self.brand_or_none is None:
            raise db.BrandLeak("This screen was declared without a brand.")
        return self.brand_or_none

    @property
    def session(self) -> Session:
        """Opened when first asked for: a reader for GET, else a writer; closed after the answer."""
        if self._session is None:
            opener = self.house.db.reader if request.method in READING else self.house.db.writer
            scope = self.brand_or_none.id if self.brand_or_none else None
            self._session = self._open.enter_context(opener(scope or db.NO_BRAND))
        return self._session

    def only_read(self) -> None:
        """For a POST that saves nothing, such as a preview: it must not take the write lock."""
        scope = self.brand_or_none.id if self.brand_or_none else None
        self._session = self._open.enter_context(self.house.db.reader(scope or db.NO_BRAND))

    def can(self, permission: str) -> bool:
        if self.actor.role is None and permission not in OPERATOR_ONLY:
            return False
        return self.actor.can(permission)

    def enter(self, brand: Brand, role: str) -> None:
        self.brand_or_none = brand
        self.actor = _actor(self.viewer, Role[role.upper()])

    def close(self) -> None:
        self._open.close()


def current() -> Current:
    if "fanlight" not in g:
        known = flask_login.current_user
        viewer = known._get_current_object() if known.is_authenticated else None  # noqa: SLF001
        g.fanlight = Current(house(), viewer)
    made: Current = g.fanlight
    return made


def house() -> House:
    built: House = current_app.extensions["fanlight"]
    return built


def viewer() -> Viewer | None:
    return current().viewer


def begin(key: str) -> None:
    """Give the browser the session `key`, in a cookie that holds nothing of before."""
    session.clear()
    session.permanent = True
    session["_user_id"] = key
    session["_fresh"] = True


def end() -> None:
    session.clear()


def hand_over(name: str, text: str) -> None:
    """Keep a text for the next page only, so that reloading that page does nothing again."""
    session[f"once:{name}"] = text


def handed(name: str) -> str | None:
    text: str | None = session.pop(f"once:{name}", None)
    return text


def rules(app: Flask) -> Iterator[tuple[str, str, str, Rule | None]]:
    """Methods, address, endpoint and its rule (None: undeclared), in the order of addresses."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield methods, rule.rule, rule.endpoint, rule_of(app, rule.endpoint)


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    return getattr(app.view_functions[endpoint], "access_rule", None)


def install(app: Flask, built: House) -> None:
    app.extensions["fanlight"] = built
    manager = flask_login.LoginManager(app)
    manager.session_protection = None  # the row on the server is the protection
    manager.user_loader(_recognised)
    app.url_value_preprocessor(_take_brand)
    app.url_defaults(_give_brand)
    app.teardown_request(_close)
    app.context_processor(_for_templates)
    if "static" in app.view_functions:
        app.view_functions["static"] = public(app.view_functions["static"])


def guard() -> Response | None:
    """Before every view. An address without a rule is refused: a defect must not be a door."""
    if request.endpoint is None:
        return None
    _refuse_unusable()
    rule = rule_of(current_app, request.endpoint)
    if rule is None:
        raise RuntimeError(f"{request.endpoint} declares no access rule.")
    if rule.who in ("public", "token"):
        return None
    if viewer() is None:
        return _to_sign_in()
    if rule.who == "brand":
        _enter_brand()
    else:
        _stay_in_brand()
    if rule.permission:
        current().actor.require(rule.permission)
    return None


def _refuse_unusable() -> None:
    """A NUL can be stored nowhere; a browser never sends one."""
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        raise BadRequest
    if any("\x00" in value for _, value in request.form.items(multi=True)):
        raise BadRequest


def _declare(view: View, rule: Rule) -> View:
    view.access_rule = rule  # type: ignore[attr-defined]
    return view


def _actor(viewer: Viewer | None, role: Role | None) -> Actor:
    if viewer is None:
        return Actor(None, "", None)
    return Actor(viewer.user_id, viewer.name, role, operator=viewer.is_operator)


def _to_sign_in() -> Response:
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    away = htmx.redirect(url_for("sessions.new", next=None if htmx.is_fragment() else here))
    if "HX-Redirect" in away.headers:
        away.status_code = UNAUTHORIZED
    return away


def _enter_brand() -> None:
    slug = g.get("brand_slug", "")
    if not _entered(slug):
        raise errors.NotFound("brand", slug)
    if session.get("brand") != slug:
        session["brand"] = slug


def _stay_in_brand() -> None:
    """On screens of no brand the rail keeps leading back to the one last looked at."""
    slug = session.get("brand")
    if slug and _entered(slug):
        g.brand_slug = slug


def _entered(slug: str) -> bool:
    asking = current()
    user_id = asking.viewer.user_id if asking.viewer else 0
    with asking.house.db.reader(db.NO_BRAND) as looking:
        found = brands.entered_by(looking, slug, user_id)
        if found is None:
            return False
        brand, role = found
        looking.expunge(brand)
    asking.enter(brand, role)
    return True


def _recognised(key: str) -> Viewer | None:
    built = house()
    now = built.clock.now()
    with built.db.reader(db.NO_BRAND) as looking:
        found = sign_in.recognise(looking, built.vault, key, now)
        known = None if found is None else _viewer(key, found)
    if found is not None and found.due:
        with built.db.writer(db.NO_BRAND) as writing:
            sign_in.see_again(writing, found.sign_in_id, now)
    return known


def _viewer(key: str, found: sign_in.SignedIn) -> Viewer:
    user = found.user
    return Viewer(
        key=key,
        sign_in_id=found.sign_in_id,
        user_id=user.id or 0,
        name=user.name,
        email=user.email,
        language=user.language,
        timezone=user.timezone,
        theme=user.theme,
        is_operator=user.operator,
    )


def _take_brand(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """`/b/<brand_slug>/`: views need not take it as an argument."""
    if values and "brand_slug" in values:
        g.brand_slug = values.pop("brand_slug")


def _give_brand(endpoint: str, values: dict[str, Any]) -> None:
    """Links inside a brand lead to the same brand unless another one is named."""
    if "brand_slug" in g and current_app.url_map.is_endpoint_expecting(endpoint, "brand_slug"):
        values.setdefault("brand_slug", g.brand_slug)


def _close(_error: BaseException | None) -> None:
    made: Current | None = g.pop("fanlight", None)
    if made is not None:
        made.close()


def _for_templates() -> dict[str, object]:
    if not has_request_context():
        return {}
    made = current()
    whole = None if htmx.is_fragment() else made  # a fragment has no rail
    return {
        "brand": made.brand_or_none,
        "brands": [] if whole is None else _brands(whole),
        "nav": {} if whole is None else _counts(whole),
        "viewer": made.viewer,
        "now": made.now,
        "can": made.can,
    }


def _brands(made: Current) -> list[Brand]:
    """For the menu of brands; in a session of its own, since a page of errors shows it too."""
    if made.viewer is None:
        return []
    with made.house.db.reader(db.NO_BRAND) as looking:
        found = [brand for brand, _ in brands.of_user(looking, made.viewer.user_id)]
        looking.expunge_all()
    return found


def _counts(made: Current) -> dict[str, int]:
    """What waits for this person, beside the links of the rail."""
    brand = made.brand_or_none
    if brand is None or brand.id is None:
        return {}
    with made.house.db.reader(brand.id) as looking:
        return {"home": attention.needs(looking, made.actor, made.now).count}

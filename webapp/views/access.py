"""Who asks, in which brand, and whether they may: the one gate every request passes.

Each endpoint declares its rule with one of the decorators below; one without a rule answers
nobody. What a view needs of its request it takes from `current()`. Everything it fetches comes
through `current().session`, which sees one brand only: ids of other brands are not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import flask_login
from flask import Flask, Response, current_app, g, request, session
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequest, NotFound

from webapp import db
from webapp.domain import errors
from webapp.domain.permission import Rule
from webapp.forms import numbers
from webapp.house import House
from webapp.services import sign_in
from webapp.store import brands
from webapp.views import asking, interrupted
from webapp.views import errors as failures
from webapp.views.asking import Current, Viewer

READING = frozenset({"GET", "HEAD", "OPTIONS"})
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
    app.register_error_handler(CSRFError, _stale)
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
        return interrupted.signed_out(rule.permission)
    if rule.who == "brand":
        _enter_brand()
    else:
        _stay_in_brand()
    if rule.permission:
        current().actor.require(rule.permission)
    return None


def _refuse_unusable() -> None:
    """A NUL can be stored nowhere, a browser never sends one; and nothing has a number that no
    database can hold."""
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        raise BadRequest
    if any("\x00" in value for _, value in request.form.items(multi=True)):
        raise BadRequest
    for name, value in (request.view_args or {}).items():
        if isinstance(value, int) and value > numbers.most(name):
            raise NotFound


def _declare(view: View, rule: Rule) -> View:
    view.access_rule = rule  # type: ignore[attr-defined]
    return view


def _stale(error: CSRFError) -> Response:
    """A page that was made before its reader signed in anew, or signed out, elsewhere."""
    rule = rule_of(current_app, request.endpoint or "")
    if rule is None or rule.who == "public":
        return failures.answered(error)
    if viewer() is None:
        return interrupted.signed_out(rule.permission)
    return interrupted.signed_in_anew(rule.permission) or failures.answered(error)


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
    made = current()
    user_id = made.viewer.user_id if made.viewer else 0
    with made.house.db.reader(db.NO_BRAND) as looking:
        found = brands.entered_by(looking, slug, user_id)
        if found is None:
            return False
        brand, role = found
        looking.expunge(brand)
    made.enter(brand, role)
    return True


def _recognised(key: str) -> Viewer | None:
    built = house()
    now = built.clock.now()
    with built.db.reader(db.NO_BRAND) as looking:
        found = sign_in.recognise(looking, built.vault, key, now)
        known = None if found is None else asking.viewer_of(key, found)
    if found is not None and found.due:
        with suppress(OperationalError), built.db.passing_writer(db.NO_BRAND) as writing:
            sign_in.see_again(writing, found.sign_in_id, now)
    return known


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

"""Signing in with a password or a one-time link, and out again."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, request, url_for

from webapp.domain import errors
from webapp.domain.wording import Sentence
from webapp.services import sign_in
from webapp.views import access, cookie, htmx

blueprint = Blueprint("sessions", __name__)


@blueprint.get("/sign-in")
@access.public
def new() -> Response:
    if access.viewer() is not None:
        return htmx.redirect(_destination())
    return _form()


@blueprint.post("/sign-in")
@access.public
def create() -> Response:
    asking = access.current()
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        key = sign_in.with_password(
            asking.session, asking.house.vault, email, password, asking.now, agent=_agent()
        )
    except errors.Refused as refusal:
        return _form(email=email, refusal=refusal.sentence)
    cookie.begin(key)
    return htmx.redirect(_destination())


@blueprint.get("/sign-in/link/<token>")
@access.public
def link(token: str) -> Response:
    """Shows a button: mail scanners follow links, they do not press buttons."""
    asking = access.current()
    works = sign_in.link_works(asking.session, asking.house.vault, token, asking.now)
    return htmx.render("sessions/link.html", token=token, works=works)


@blueprint.post("/sign-in/link/<token>")
@access.public
def use_link(token: str) -> Response:
    asking = access.current()
    key = sign_in.with_link(asking.session, asking.house.vault, token, asking.now, _agent())
    cookie.begin(key)
    return htmx.redirect(_destination())


@blueprint.post("/sign-out")
@access.signed_in
def destroy() -> Response:
    asking = access.current()
    if asking.viewer is not None:
        sign_in.sign_out(asking.session, asking.viewer.sign_in_id)
    cookie.end()
    return htmx.redirect(url_for("sessions.new"))


def _form(email: str = "", refusal: Sentence | None = None) -> Response:
    status = htmx.UNPROCESSABLE if refusal else 200
    return htmx.render(
        "sessions/new.html", status=status, email=email, refusal=refusal, next=_destination()
    )


def _destination() -> str:
    """Where the person wanted to go, if that is here; addresses of other sites are ignored."""
    wished = request.values.get("next", "")
    parts = urlsplit(wished)
    local = wished.startswith("/") and not wished.startswith(("//", "/\\"))
    return wished if local and not parts.scheme and not parts.netloc else url_for("brands.start")


def _agent() -> str:
    return request.user_agent.string

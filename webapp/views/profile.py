"""A person's own name, language, zone, theme, password and open sessions."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Invalid
from webapp.domain.wording import Sentence, say, say_n
from webapp.forms import places, reading
from webapp.forms.profile import PasswordForm, ProfileForm
from webapp.services import alert_mail, sign_in, users
from webapp.store import sign_ins
from webapp.store import users as all_users
from webapp.views import access, htmx, language, notices
from webapp.views.asking import Viewer

blueprint = Blueprint("profile", __name__, url_prefix="/profile")
BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
)
THEMES = (("auto", say("As my device says")), ("light", say("Light")), ("dark", say("Dark")))


@blueprint.get("/")
@access.signed_in
def edit() -> Response:
    return _page()


@blueprint.post("/")
@access.signed_in
def update() -> Response:
    asking = access.current()
    try:
        form = reading.read(ProfileForm, request.form)
    except Invalid as refused:
        return _page(request.form, refused.errors)
    users.edit_profile(asking.session, _me().user_id, **form.model_dump())
    notices.tell(say("Your profile is saved."))
    return htmx.redirect(url_for("profile.edit"))


@blueprint.post("/password")
@access.signed_in
def change_password() -> Response:
    asking = access.current()
    try:
        form = reading.read(PasswordForm, request.form)
        ended = users.change_password(
            asking.session, asking.actor, _me().sign_in_id,
            old=form.old, new=form.password, now=asking.now,
        )  # fmt: skip
    except Invalid as refused:
        return _page(errors=refused.errors)
    notices.tell(
        say_n(
            "Your password is changed, and %(n)s other session has ended.",
            "Your password is changed, and %(n)s other sessions have ended.",
            ended,
        )
    )
    return htmx.redirect(url_for("profile.edit"))


@blueprint.post("/sessions/end")
@access.signed_in
def end_sessions() -> Response:
    """Everywhere but here."""
    me = _me()
    ended = sign_in.sign_out_everywhere(access.current().session, me.user_id, but=me.sign_in_id)
    notices.tell(say_n("%(n)s session has ended.", "%(n)s sessions have ended.", ended))
    return htmx.redirect(url_for("profile.edit"))


def _me() -> Viewer:
    me = access.viewer()
    if me is None:
        raise RuntimeError("A screen for people who are signed in was shown to nobody.")
    return me


def _page(
    values: Mapping[str, object] | None = None,
    errors: Mapping[str, list[Sentence]] | None = None,
) -> Response:
    asking, me = access.current(), _me()
    user = all_users.get(asking.session, me.user_id)
    return htmx.render(
        "profile/edit.html",
        status=htmx.UNPROCESSABLE if errors else 200,
        values=values or (user.model_dump() if user else {}),
        errors=errors or {},
        has_password=user is not None and user.password_hash is not None,
        languages=list(language.NAMES.items()),
        zones=[(zone, zone.replace("_", " ")) for zone in places.zones()],
        themes=THEMES,
        has_mail=alert_mail.server_of(asking.house.settings) is not None,
        browser_of=_browser_of,
        sessions=sign_ins.of_user(asking.session, me.user_id, asking.now),
    )


def _browser_of(agent: str) -> tuple[str, str] | None:
    """What people call their browser and its system, for those most of them use."""
    browser = next((name for mark, name in BROWSERS if mark in agent), None)
    system = next((name for mark, name in SYSTEMS if mark in agent), None)
    return (browser, system) if browser and system else None

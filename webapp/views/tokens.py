"""API tokens: made, shown once, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Invalid
from webapp.domain.permission import Role
from webapp.domain.wording import Sentence, say
from webapp.forms import reading
from webapp.forms.members import TokenForm
from webapp.services import tokens as making
from webapp.store import api_tokens
from webapp.views import access, cookie, htmx, notices, roles

blueprint = Blueprint("tokens", __name__, url_prefix="/b/<brand_slug>/settings/tokens")
LIVES = (
    ("", say("Until it is revoked")),
    ("30", say("30 days")),
    ("90", say("90 days")),
    ("365", say("A year")),
)


@blueprint.get("/")
@access.brand_screen("token.edit")
def index() -> Response:
    return _page()


@blueprint.post("/")
@access.brand_screen("token.edit")
def create() -> Response:
    asking = access.current()
    try:
        form = reading.read(TokenForm, request.form)
        _, text = making.create(
            asking.session, asking.house.vault, asking.actor,
            name=form.name, role=form.chosen(), now=asking.now,
            expires_at=asking.now + timedelta(days=form.days) if form.days else None,
        )  # fmt: skip
    except Invalid as refused:
        return _page(refused.errors, status=htmx.UNPROCESSABLE)
    cookie.hand_over("token", text)
    return htmx.redirect(url_for("tokens.index"))


@blueprint.post("/<int:token_id>/revocation")
@access.brand_screen("token.edit")
def revoke(token_id: int) -> Response:
    asking = access.current()
    making.revoke(asking.session, asking.actor, token_id, asking.now)
    notices.tell(say("The token is revoked. Programs that use it are refused from now on."))
    return htmx.redirect(url_for("tokens.index"))


def _page(
    errors: Mapping[str, list[Sentence]] | None = None,
    *,
    status: int = 200,
) -> Response:
    asking = access.current()
    held = asking.actor.role or Role.VIEWER
    return htmx.render(
        "tokens/index.html",
        status=status,
        tokens=api_tokens.page(asking.session, asking.brand.id or 0),
        choices=[(role.name.lower(), roles.WORDS[role]) for role in Role if role <= held],
        lives=LIVES,
        values=request.form if errors else {},
        errors=errors or {},
        fresh=cookie.handed("token"),
    )

"""People of a brand and their roles."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import Conflict, Invalid
from webapp.domain.permission import Role
from webapp.domain.wording import Sentence, say
from webapp.forms import reading
from webapp.forms.members import MemberForm, RoleForm
from webapp.services import members as working
from webapp.store import members
from webapp.views import access, cookie, htmx, notices, roles

blueprint = Blueprint("members", __name__, url_prefix="/b/<brand_slug>/settings/people")


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    return _page()


@blueprint.post("/")
@access.brand_screen("member.edit")
def create() -> Response:
    asking = access.current()
    try:
        form = reading.read(MemberForm, request.form)
        link = working.add(
            asking.session, asking.house.vault, asking.actor,
            email=form.email, name=form.name, role=form.chosen(), now=asking.now,
        )  # fmt: skip
    except Invalid as refused:
        return _page(refused.errors, status=htmx.UNPROCESSABLE)
    except Conflict as known:
        return _page({"email": [known.sentence]}, status=htmx.UNPROCESSABLE)
    return _added(link, form.email)


@blueprint.post("/<int:member_id>")
@access.brand_screen("member.edit")
def update(member_id: int) -> Response:
    asking = access.current()
    form = reading.read(RoleForm, request.form)
    working.change_role(asking.session, asking.actor, member_id, form.chosen(), asking.now)
    notices.tell(say("The role is changed. It counts from now on."))
    return htmx.redirect(url_for("members.index"))


@blueprint.post("/<int:member_id>/link")
@access.brand_screen("member.edit")
def link(member_id: int) -> Response:
    asking = access.current()
    token = working.link(asking.session, asking.house.vault, asking.actor, member_id, asking.now)
    return _shown(token)


@blueprint.post("/<int:member_id>/removal")
@access.brand_screen("member.edit")
def remove(member_id: int) -> Response:
    asking = access.current()
    gone = working.remove(asking.session, asking.actor, member_id, asking.now)
    notices.tell(say("%(name)s no longer works for this brand.", name=gone.name))
    return htmx.redirect(url_for("members.index"))


def _added(token: str | None, email: str) -> Response:
    if token is None:
        notices.tell(say("%(email)s has an account and works for this brand now.", email=email))
        return htmx.redirect(url_for("members.index"))
    return _shown(token)


def _shown(token: str) -> Response:
    address = access.house().settings.base_url + url_for("sessions.link", token=token)
    cookie.hand_over("link", address)
    return htmx.redirect(url_for("members.index"))


def _page(
    errors: Mapping[str, list[Sentence]] | None = None,
    *,
    status: int = 200,
) -> Response:
    session = access.current().session
    people = members.page(session)
    return htmx.render(
        "members/index.html",
        status=status,
        people=people,
        linkable={user.id for _, user in people if working.may_link(session, user)},
        choices=[(role.name.lower(), roles.WORDS[role]) for role in Role],
        values=request.form if errors else {},
        errors=errors or {},
        link=cookie.handed("link"),
    )

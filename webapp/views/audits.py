"""Who did what in this brand."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.forms import numbers
from webapp.store import audits, users
from webapp.views import access, audit_words, htmx

blueprint = Blueprint("audits", __name__, url_prefix="/b/<brand_slug>/settings/audit")
PAGE = 50


@blueprint.get("/")
@access.brand_screen("audit.view")
def index() -> Response:
    asking = access.current()
    before = request.args.get("before", type=numbers.whole)
    lines = audits.page(asking.session, asking.brand.id or 0, before, PAGE + 1)
    shown = lines[:PAGE]
    people = users.named(asking.session, [line.user_id for line in shown if line.user_id])
    older = url_for("audits.index", before=shown[-1].id) if len(lines) > PAGE else None
    return htmx.render(
        "audits/index.html",
        lines=shown,
        people=people,
        words=audit_words.sentence,
        door=audit_words.door,
        page={"previous": url_for("audits.index") if before else None, "next": older},
    )

"""The platform passes on that a person wants to be deleted, and how that stands, for the person."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from webapp.services import deletions
from webapp.views import access, htmx

blueprint = Blueprint("deletions", __name__)
LARGEST = 16_384  # bytes
RETRY_AFTER = "60"  # seconds
TOO_MANY = "Too many requests at once. Send this one again in a minute."


@blueprint.url_value_preprocessor
def _small(_endpoint: str | None, _values: object) -> None:
    """Before anything reads the form: nobody need be signed in to post here."""
    request.max_content_length = LARGEST


@blueprint.post("/webhooks/meta/<slug>/deletion")
@access.public
def ask(slug: str) -> Response:
    """Signed by the platform, so no session and no CSRF token; JSON, as the platform asks."""
    house = access.house()
    signed = request.form.get("signed_request", "")
    code = deletions.receive(house.db, house.vault, slug, signed, house.clock.now())
    if code is None:
        return Response(TOO_MANY, 429, {"Retry-After": RETRY_AFTER}, mimetype="text/plain")
    return jsonify(url=f"{house.settings.base_url}/deletions/{code}", confirmation_code=code)


@blueprint.get("/deletions/<code>")
@access.public
def show(code: str) -> Response:
    """Whether it is done; neither who asked nor whom it concerned."""
    found = deletions.find(access.house().db, code)
    response = htmx.render("deletions/show.html", deletion=found)
    response.headers["X-Robots-Tag"] = "noindex"
    return response

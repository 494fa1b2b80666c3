"""What is sent after a session ended, or with the token of an earlier one: nothing typed is lost.

A fragment says so in `#notices` and leaves its page as it is. Of a plain form a page keeps what was
typed, to be sent once more after signing in; but only of forms that save: what sends, approves or
erases is asked for again on its own page. What another site posts is never offered to be sent.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Response, current_app, make_response, request, url_for
from flask_wtf.csrf import generate_csrf

from webapp.domain.wording import Sentence, say
from webapp.views import htmx, notices

UNAUTHORIZED: Final = 401
STALE: Final = 400  # what CSRF protection answers
SAVING: Final = frozenset(
    {
        "broadcast.edit", "segment.edit", "campaign.edit", "moment.edit", "target.edit",
        "topic.edit", "brand.edit", "brand.create", "member.edit", "subscriber.edit",
        "template.submit",
    }
)  # fmt: skip
OURS: Final = frozenset({"csrf_token", "version", "seen", "do"})  # nobody typed these
ANEW: Final = say("You have signed in anew since this page was opened. Press the button again.")


def from_here() -> bool:
    """Whether a page of ours sent this: browsers name the origin of every POST."""
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.host


def signed_out(permission: str | None) -> Response:
    """For whoever is not signed in; `permission` is what the address asks for."""
    if htmx.is_fragment():
        return _leave() if _reads_only() else _notice(UNAUTHORIZED)
    if request.method == "GET":
        return _to_sign_in(request.full_path.rstrip("?"))
    if from_here() and permission in SAVING and typed():
        return _kept(UNAUTHORIZED, signed_in=False)
    return _to_sign_in(htmx.shown() or _referrer())


def signed_in_anew(permission: str | None) -> Response | None:
    """For whoever sent the token of an earlier session; None where nothing can be offered."""
    if not from_here():
        return None
    if htmx.is_fragment():
        return htmx.trigger(_notice(STALE, ANEW), "fanlight:token", {"token": generate_csrf()})
    if permission in SAVING and typed():
        return _kept(STALE, signed_in=True)
    back = _referrer()
    if back is None:
        return None
    notices.tell(ANEW, "warn")
    return htmx.redirect(back)


def typed() -> list[tuple[str, str]]:
    """Names and values of the form, without what the page put there by itself."""
    fields = list(request.form.items(multi=True))
    own = [value for name, value in fields if name not in OURS]
    return [(n, v) for n, v in fields if n != "csrf_token"] if any(own) else []


def _kept(status: int, *, signed_in: bool) -> Response:
    return htmx.render(
        "sessions/again.html",
        status=status,
        action=request.full_path.rstrip("?"),
        fields=typed(),
        signed_in=signed_in,
    )


def _notice(status: int, sentence: Sentence | None = None) -> Response:
    """Without `sentence` the one of whoever is signed out, with the way to sign in."""
    template = current_app.jinja_env.get_template("errors/_signed_out.html")
    response = make_response(template.render(sentence=sentence), status)
    return htmx.retarget(response, "#notices", "innerMorph")  # said once, also while one types


def _reads_only() -> bool:
    """A page that brings itself up to date: nothing is typed there."""
    return request.method == "GET" and not request.args


def _leave() -> Response:
    away = _to_sign_in(htmx.shown())
    away.status_code = UNAUTHORIZED
    return away


def _to_sign_in(back: str | None) -> Response:
    return htmx.redirect(url_for("sessions.new", next=back))


def _referrer() -> str | None:
    """The page of ours this was sent from."""
    return htmx.local(request.referrer)

"""All that every page shares, installed by the factory in one call."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from webapp.views import assets, errors, frame, htmx, language, notices, security
from webapp.views.language import Viewer


def install(app: Flask, viewer: Callable[[], Viewer | None], *, https: bool) -> None:
    """`viewer()` is who looks at this request or None; `https` as the base address says."""
    htmx.install(app)
    language.install(app, viewer)
    frame.install(app)
    assets.install(app)
    notices.install(app)
    security.install(app, https=https)
    errors.install(app)

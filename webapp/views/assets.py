"""Styles, scripts and fonts at an address that changes with them: browsers keep them for good.

`asset("css/fanlight.css")` is `/static/at/<version>/css/fanlight.css`; what such a file imports by
a relative address has the version too. The version is a hash over `static/`, made at start.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, current_app, url_for

from webapp.views import access

KEPT = "public, max-age=31536000, immutable"
ENDPOINT = "assets"


def install(app: Flask) -> None:
    version = _version(Path(str(app.static_folder)))
    app.add_url_rule("/static/at/<version>/<path:filename>", ENDPOINT, send)
    app.jinja_env.globals["asset"] = lambda name: url_for(ENDPOINT, version=version, filename=name)


@access.public
def send(version: str, filename: str) -> Response:
    """Whatever version was asked for: a page from before an update still finds its files."""
    del version
    response = current_app.send_static_file(filename)
    response.headers["Cache-Control"] = "no-cache" if current_app.debug else KEPT
    return response


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]

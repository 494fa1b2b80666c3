"""One application for a whole process of tests.

To make one takes a quarter second of the processor (Werkzeug compiles 275 addresses), and each
template is compiled once for each application. What an application knows of an installation is its
house, and it asks for that at each request: so every test hands the same one its own house, and
finds configuration and extensions as they were made.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Flask

from webapp import app as webapp_app
from webapp.house import House


class _Made(NamedTuple):
    app: Flask
    config: dict[str, Any]
    extensions: dict[str, Any]


_made: dict[tuple[str, bool], _Made] = {}


def of(house: House) -> Flask:
    """For one test at a time; whoever adds addresses to it makes their own."""
    kind = (house.settings.secret_key, house.settings.secure_cookies)
    if kind not in _made:
        app = webapp_app.create_app(house)
        app.testing = True
        _made[kind] = _Made(app, dict(app.config), dict(app.extensions))
    app, config, extensions = _made[kind]
    for held, begun in ((app.config, config), (app.extensions, extensions)):
        held.clear()
        held.update(begun)
    app.extensions["fanlight"] = house
    return app

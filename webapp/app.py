"""The web's composition root: settings, house and screens are put together here only."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from waitress.server import BaseWSGIServer, create_server

from webapp import config, inbox, logs, runtime
from webapp import house as houses
from webapp.api import blueprint as api
from webapp.commands import main as commands
from webapp.commands.doors import Doors
from webapp.domain.permission import Rule
from webapp.house import House
from webapp.services import listening, presence, rulebooks, sign_in
from webapp.views import (
    access,
    approvals,
    audits,
    brands,
    broadcast_audience,
    broadcast_backtest,
    broadcast_charts,
    broadcast_message,
    broadcast_occurrences,
    broadcast_progress,
    broadcast_runs,
    broadcast_schedule,
    broadcasts,
    calendars,
    campaigns,
    channels,
    deletions,
    deliveries,
    engagement,
    engagement_links,
    halting,
    home,
    house_rules,
    imports,
    members,
    moments,
    presentation,
    probes,
    profile,
    rail,
    receipts,
    replies,
    request_log,
    roles,
    rule_alarms,
    rules,
    segments,
    sessions,
    settings,
    subscriber,
    subscribers,
    suggestions,
    system,
    templates,
    tokens,
    topics,
    year,
)

SCREENS: tuple[ModuleType, ...] = (
    sessions,
    profile,
    brands,
    home,
    broadcasts,
    broadcast_message,
    broadcast_audience,
    broadcast_schedule,
    broadcast_occurrences,
    approvals,
    broadcast_runs,
    broadcast_progress,
    broadcast_charts,
    broadcast_backtest,
    rule_alarms,
    suggestions,
    deliveries,
    subscribers,
    subscriber,
    receipts,
    imports,
    segments,
    year,
    campaigns,
    moments,
    calendars,
    engagement,
    engagement_links,
    rules,
    settings,
    channels,
    members,
    templates,
    topics,
    replies,
    house_rules,
    tokens,
    audits,
    system,
    halting,
    probes,
    deletions,
)
"""Every screen: a module of `webapp.views` with a `blueprint`. A new screen is a line here."""

THREADS = 8
# Slow ones too; where nobody asked for more, a process may have 1,024 files open.
CONNECTIONS = 800
LARGEST_UPLOAD = 64 * 1024 * 1024  # bytes
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def create_app(house: House) -> Flask:
    """Flask with every screen, whose every address has an access rule."""
    app = Flask("webapp", root_path=str(_root()))
    app.config.update(_configuration(house))
    access.install(app, house)
    presentation.install(app, access.viewer, https=house.settings.secure_cookies)
    rail.install(app)
    request_log.install(app)
    roles.install(app)
    csrf = CSRFProtect(app)
    csrf.exempt(api.blueprint)  # its callers show a token, never a cookie
    csrf.exempt(deletions.blueprint)  # the platform signs what it posts
    app.before_request(access.guard)
    for screen in SCREENS:
        app.register_blueprint(screen.blueprint)
    app.register_blueprint(api.blueprint)
    return app


def routes(house: House) -> Iterator[tuple[str, str, str]]:
    """Methods, address, and who may call it: for `fanlight routes`."""
    for methods, path, _, rule in access.rules(create_app(house)):
        yield methods, path, _asked(rule)


def wsgi(house: House) -> WsgiApp:
    """What a server mounts: the webhook door in front, Flask behind it."""
    return inbox.door(house, create_app(house))


def serve(house: House, host: str, port: int, threads: int = THREADS) -> None:
    """Serves until SIGTERM or Ctrl-C; requests under way are finished first."""
    runtime.begin()
    listening.begin(house)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listener = server(house, host, port, threads)
    runtime.settle()
    listener.run()


def server(house: House, host: str, port: int, threads: int = THREADS) -> BaseWSGIServer:
    """Listening already, for whoever runs it in a thread of their own; port 0 takes a free one."""
    presence.hold_web(house.settings.instance)
    return create_server(
        wsgi(house),
        host=host,
        port=port,
        threads=threads,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,
        ident=None,
        trusted_proxy=house.settings.trusted_proxy,
        trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        clear_untrusted_proxy_headers=True,
    )


def _asked(rule: Rule | None) -> str:
    if rule is None:
        return "nobody"
    return f"{rule.who}: {rule.permission}" if rule.permission else rule.who


def _root() -> Path:
    """The project, or the installed package that carries templates and static inside it."""
    return config.ROOT if (config.ROOT / "templates").is_dir() else Path(__file__).parent


def _configuration(house: House) -> dict[str, object]:
    secure = house.settings.secure_cookies
    return {
        "SECRET_KEY": house.settings.secret_key,
        "MAX_CONTENT_LENGTH": LARGEST_UPLOAD,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=3 * sign_in.LIFE.days),
        "SESSION_COOKIE_NAME": "__Host-fanlight" if secure else "fanlight",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,  # lives as long as the session it is bound to
    }


def command_line() -> int:
    """`fanlight`: the commands, given the doors they may not import."""
    return commands.main(Doors(serve=serve, server=server, routes=routes))


def main(arguments: Sequence[str]) -> None:
    """`python -m webapp.app --host ... --port ...`: the web alone."""
    parser = argparse.ArgumentParser("fanlight serve")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default=8000, type=int, help="port to listen on")
    parser.add_argument("--threads", default=THREADS, type=int, help="requests at a time")
    chosen = parser.parse_args(arguments)
    built = houses.build(config.load())
    logs.begin(built.settings, "web")
    rulebooks.take_up(built)
    serve(built, chosen.host, chosen.port, chosen.threads)


if __name__ == "__main__":
    main(sys.argv[1:])

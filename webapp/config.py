"""Settings, read once at an entry point: environment first, then `instance/config.toml`."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GRAPH_URL = "https://graph.facebook.com"
GRAPH_VERSION = "v26.0"  # latest on 2026-07-29; each version lives at least two years
NAMES = (
    "FANLIGHT_DATABASE_URL",
    "FANLIGHT_INSTANCE",
    "FANLIGHT_SECRET_KEY",
    "FANLIGHT_BASE_URL",
    "FANLIGHT_GRAPH_URL",
    "FANLIGHT_GRAPH_VERSION",
    "FANLIGHT_TEST_CLOCK",
    "FANLIGHT_RULEBOOK_KEYS",
    "FANLIGHT_LOG_FORMAT",
    "FANLIGHT_LOG_LEVEL",
    "FANLIGHT_SMTP_URL",
    "FANLIGHT_MAIL_FROM",
    "FANLIGHT_TRUSTED_PROXY",
)
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Settings:
    """Everything an operator may set. `secret_key` seals secrets and signs cookies."""

    instance: Path
    database_url: str
    secret_key: str
    base_url: str = "http://127.0.0.1:8000"
    graph_url: str = GRAPH_URL
    graph_version: str = GRAPH_VERSION
    test_clock: bool = False
    rulebook_keys: tuple[str, ...] = ()  # public keys whose rulebooks may be loaded
    log_format: str = "text"
    log_level: str = "INFO"
    smtp_url: str = field(default="", repr=False)  # smtp://name:password@host; "": no e-mail
    mail_from: str = ""
    trusted_proxy: str = "127.0.0.1"  # whose X-Forwarded headers count; "*": everybody's

    @property
    def secure_cookies(self) -> bool:
        """Cookies are marked Secure exactly when people reach us by https."""
        return self.base_url.startswith("https://")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; makes the instance folder and the key file on first run."""
    given = dict(os.environ if environ is None else environ)
    instance = Path(given.get("FANLIGHT_INSTANCE") or ROOT / "instance").resolve()
    instance.mkdir(parents=True, exist_ok=True)
    values = {**_from_file(instance / "config.toml"), **{k: v for k, v in given.items() if v}}
    return Settings(
        instance=instance,
        database_url=values.get("FANLIGHT_DATABASE_URL") or f"sqlite:///{instance / 'fanlight.db'}",
        secret_key=values.get("FANLIGHT_SECRET_KEY") or _key_file(instance / "secret.key"),
        base_url=values.get("FANLIGHT_BASE_URL", Settings.base_url).rstrip("/"),
        graph_url=values.get("FANLIGHT_GRAPH_URL", GRAPH_URL).rstrip("/"),
        graph_version=values.get("FANLIGHT_GRAPH_VERSION", GRAPH_VERSION),
        test_clock=values.get("FANLIGHT_TEST_CLOCK") == "1",
        smtp_url=values.get("FANLIGHT_SMTP_URL", ""),
        mail_from=values.get("FANLIGHT_MAIL_FROM", ""),
        trusted_proxy=values.get("FANLIGHT_TRUSTED_PROXY", Settings.trusted_proxy),
        rulebook_keys=tuple(values.get("FANLIGHT_RULEBOOK_KEYS", "").split()),
        log_format=_one_of(values, "FANLIGHT_LOG_FORMAT", LOG_FORMATS, "text"),
        log_level=_one_of(values, "FANLIGHT_LOG_LEVEL", LOG_LEVELS, "INFO"),
    )


def _one_of(values: Mapping[str, str], name: str, known: Sequence[str], usual: str) -> str:
    """Upper and lower case are one; what is not known stops the start, by its name."""
    given = values.get(name, usual)
    for it in known:
        if it.casefold() == given.casefold():
            return it
    raise SystemExit(f"{name} is one of {', '.join(known)}, not {given!r}.")


def _from_file(path: Path) -> dict[str, str]:
    """`instance/config.toml` uses the same names, with or without the prefix, any case; a list
    counts as its texts with spaces between."""
    if not path.exists():
        return {}
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # no TOML, or no UTF-8
        raise SystemExit(f"{path} cannot be read: {error}.") from None
    named = {name.upper(): _text(value) for name, value in rows.items()}
    return {n if n.startswith("FANLIGHT_") else f"FANLIGHT_{n}": v for n, v in named.items()}


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _key_file(path: Path) -> str:
    """The key lives outside the database, readable by its owner only."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept_key(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def _kept_key(path: Path) -> str:
    """An empty file would be a key that everybody knows, and another one would open nothing."""
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if not key:
        raise SystemExit(f"{path} is empty: put the key back that was in it.")
    return key

"""What the processes write to stderr: a line an event, as text or as JSON, without secrets.

Everything goes through the standard library's logging, so that libraries speak here as well. No
line holds what people wrote or were sent: requests are logged by their route and not their address
(a signed link is a key), rows by their ids, acts by their name in the audit log; database errors
come without their values (`db`). What looks like a token is blotted out all the same, wherever it
stands.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import IO, Any

import structlog

from webapp.config import Settings

BLOT = "***"
SECRETS = re.compile(
    r"(?P<before>(?:access_token|appsecret_proof|client_secret|password|hub\.verify_token)"
    r"[\"']?\s*[=:]\s*[\"']?|\b(?:Bearer|OAuth)\s+|/(?:sign-in/link|shared)/)[^\s\"'&,;)}\]]+"
    r"|\bEA[A-Za-z0-9]{20,}|\bfl_[A-Za-z0-9_-]{8,}"
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)",
    re.IGNORECASE,
)
NOISY = ("apscheduler", "waitress.queue", "matplotlib")  # a late tick or a full queue is no news
Line = MutableMapping[str, Any]


def begin(settings: Settings, process: str, stream: IO[str] | None = None) -> None:
    """From now on, for this process, whose name stands in every line."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(settings.log_format == "json", process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)


def _formatter(
    as_json: bool,  # noqa: FBT001 - or as text
    process: str,
) -> structlog.stdlib.ProcessorFormatter:
    def named(_logger: object, _method: str, line: Line) -> Line:
        return {**line, "process": process}

    before: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
        structlog.processors.format_exc_info,
    ]
    last: Any = structlog.processors.JSONRenderer() if as_json else _text
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, blotted, last],
    )


def blotted(_logger: object, _method: str, line: Line) -> Line:
    """Secrets blotted out of every text of a line."""
    return {name: blot(it) if isinstance(it, str) else it for name, it in line.items()}


def blot(text: str) -> str:
    return SECRETS.sub(lambda found: (found["before"] or "") + BLOT, text)


def _text(_logger: object, _method: str, line: Line) -> str:
    """`2026-11-26T18:00:00Z INFO jobs webapp.acts: broadcast.start brand=1 noun=7`"""
    told = {**line}
    head = [told.pop(name, "") for name in ("timestamp", "level", "process", "logger", "event")]
    trace = told.pop("exception", None)
    at, level, process, logger, event = map(str, head)
    named = "".join(f" {name}={value}" for name, value in told.items())
    words = f"{at} {level.upper()} {process} {logger}: {event}{named}"
    return f"{words}\n{trace}" if trace else words

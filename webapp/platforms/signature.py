"""Whether a webhook body is the platform's own: an HMAC over the raw bytes, never re-serialised."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

PREFIX = "sha256="
OLD_PREFIX = "sha1="


def verify(
    body: bytes, header: str | None, app_secret: str, *, old_header: str | None = None
) -> bool:
    """`header` is X-Hub-Signature-256. `old_header` (X-Hub-Signature, SHA-1) counts only when it is
    given and the newer is missing: leave it out unless an installation asked for it.
    """
    if not app_secret:
        return False
    if header is None and old_header is not None:
        return _matches(body, old_header, OLD_PREFIX, app_secret, hashlib.sha1)
    return _matches(body, header or "", PREFIX, app_secret, hashlib.sha256)


def sign(body: bytes, app_secret: str) -> str:
    """The header's value for a body."""
    return PREFIX + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def _matches(
    body: bytes, header: str, prefix: str, app_secret: str, digest: Callable[..., object]
) -> bool:
    given = header.strip()
    if not given.startswith(prefix):
        return False
    expected = prefix + hmac.new(app_secret.encode(), body, digest).hexdigest()  # type: ignore[arg-type]
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))

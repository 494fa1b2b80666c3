"""The platform's `signed_request`: two base64url parts, the signature of the second and itself.

Source: developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

ALGORITHM = "HMAC-SHA256"
LONGEST = 4_096  # characters; a real one has some hundred


def read(text: str, app_secret: str) -> dict[str, Any] | None:
    """What it says; None for anything this app's secret did not sign, or that cannot be read."""
    signature, dot, payload = text.partition(".")
    if not (dot and app_secret) or len(text) > LONGEST:
        return None
    try:
        given = _decoded(signature)
        if not hmac.compare_digest(given, _digest(payload, app_secret)):
            return None
        said = json.loads(_decoded(payload))
        json.dumps(said, ensure_ascii=False).encode()  # no text has half of a surrogate pair
    except (ValueError, RecursionError):
        return None
    known = isinstance(said, dict) and str(said.get("algorithm")).upper() == ALGORITHM
    return said if known else None


def write(said: dict[str, Any], app_secret: str) -> str:
    """As the platform writes it."""
    payload = _encoded(json.dumps({"algorithm": ALGORITHM, **said}).encode())
    return f"{_encoded(_digest(payload, app_secret))}.{payload}"


def _digest(payload: str, app_secret: str) -> bytes:
    return hmac.new(app_secret.encode(), payload.encode(), hashlib.sha256).digest()


def _decoded(text: str) -> bytes:
    """Padding is left out on the way."""
    plain = text.encode("ascii").rstrip(b"=")
    return base64.b64decode(plain + b"=" * (-len(plain) % 4), altchars=b"-_", validate=True)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")

"""Webhook signatures: HMAC of the exact bytes that are sent, with the page's app secret."""

from __future__ import annotations

import hashlib
import hmac


def headers(secret: str, body: bytes) -> dict[str, str]:
    return {
        "x-hub-signature": f"sha1={_digest(secret, body, 'sha1')}",
        "x-hub-signature-256": f"sha256={_digest(secret, body, 'sha256')}",
    }


def proof(secret: str, token: str) -> str:
    """The appsecret_proof of a token."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _digest(secret: str, body: bytes, algorithm: str) -> str:
    return hmac.new(secret.encode(), body, algorithm).hexdigest()

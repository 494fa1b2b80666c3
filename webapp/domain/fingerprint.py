"""A short, stable name for a JSON value: equal values give equal fingerprints on any machine."""

from __future__ import annotations

import hashlib
import json


def of(value: object) -> str:
    """sha256 in hex over canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

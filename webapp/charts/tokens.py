"""The colours of the charts: those of `static/css/tokens.css`, which a test compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Theme = Literal["light", "dark"]

COLOURS: Final[Mapping[str, tuple[str, str]]] = {  # name: light, dark
    "paper": ("#faf9f6", "#16171a"),
    "sunk": ("#f2f0eb", "#24262b"),
    "ink": ("#1d1c1a", "#ecebe7"),
    "soft": ("#5d5952", "#a9a69e"),
    "faint": ("#8b867d", "#7c7a74"),
    "line": ("#e4e0d8", "#2e3036"),
    "line-strong": ("#cfc9be", "#43464e"),
    "accent": ("#0f5c63", "#5cc2c7"),
    "window": ("#00796b", "#3fb6a4"),
    "subscription": ("#2b66b1", "#6fa5e8"),
    "utility": ("#5a1f7d", "#dcc3f8"),
    "sponsored": ("#b35c00", "#f0a24b"),
    "none": ("#938e84", "#6d6b66"),
    "sent": ("#0b6b8a", "#3fa3c6"),
    "skipped": ("#8b867d", "#8a877f"),
    "failed": ("#a8330f", "#ff8f6b"),
    "cancelled": ("#625e57", "#b8b5ac"),
    "unknown": ("#b08a00", "#e0c04c"),
    "waiting": ("#d8d3c8", "#3a3d44"),
    "delivered": ("#4397b4", "#a5e0f2"),
    "read": ("#27348f", "#6673e0"),
    "clicked": ("#a566cf", "#d3b0f5"),
    "replied": ("#7c1350", "#e0609c"),
    "bad": ("#b3261e", "#ff897d"),
}


def colour(name: str, theme: Theme) -> str:
    """`#rrggbb`; KeyError for a name that is no token."""
    return COLOURS[name][theme == "dark"]

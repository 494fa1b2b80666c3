"""The tokens, measured: words can be read, and hues told apart by people who see fewer colours."""

from __future__ import annotations

import itertools
import math
import re

import pytest

from tests.views import look

TOKENS = (look.ROOT / "static" / "css" / "tokens.css").read_text()
HUES = {
    name: pair
    for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TOKENS)
}
THEMES = {"light": 0, "dark": 1}
ROUTES = ("window", "subscription", "utility", "sponsored", "human-agent", "none")
OUTCOMES = ("sent", "skipped", "failed", "cancelled", "unknown", "waiting")
FACTS = ("sent", "delivered", "read", "clicked", "replied")
WORDS = ("ink", "soft", "accent", "good", "warn", "bad", "doubt")
APART = 10  # CIE76; two colours side by side are taken for one below about 5
# Machado, Oliveira and Fernandes 2009, severity 1: linear RGB seen with two kinds of cones.
SIGHT = {
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
TO_XYZ = ((0.4338, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8728))  # over D65
Triple = tuple[float, ...]
Matrix = tuple[Triple, Triple, Triple]


def linear(colour: str) -> Triple:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)


def times(matrix: Matrix, colour: Triple) -> Triple:
    return tuple(sum(w * c for w, c in zip(row, colour, strict=True)) for row in matrix)


def lab(rgb: Triple) -> Triple:
    x, y, z = (max(v, 0.0) for v in times(TO_XYZ, rgb))
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def contrast(one: str, other: str) -> float:
    dark, bright = sorted(times(TO_XYZ, linear(colour))[1] for colour in (one, other))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("group", [ROUTES, OUTCOMES, FACTS], ids=["routes", "outcomes", "facts"])
def test_hues_of_one_picture_are_told_apart(group: tuple[str, ...], sight: str, theme: str) -> None:
    seen = {n: lab(times(SIGHT[sight], linear(HUES[n][THEMES[theme]]))) for n in group}
    close = {
        (one, other): round(math.dist(seen[one], seen[other]))
        for one, other in itertools.combinations(group, 2)
        if math.dist(seen[one], seen[other]) < APART
    }
    assert not close


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["paper", "surface", "sunk"])
def test_words_can_be_read_on_every_ground(ground: str, theme: str) -> None:
    at = THEMES[theme]
    weak = {w: contrast(HUES[w][at], HUES[ground][at]) for w in WORDS}
    assert {w: ratio for w, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", sorted({*ROUTES, *FACTS, "skipped", "failed", "cancelled"}))
def test_shapes_stand_out_from_the_paper(name: str, theme: str) -> None:
    at = THEMES[theme]
    assert contrast(HUES[name][at], HUES["paper"][at]) >= 3

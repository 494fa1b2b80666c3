"""The headers, and that no template or style needs what they forbid."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from tests.views import look

TEMPLATES = sorted((look.ROOT / "templates").rglob("*.html"))
STYLES = sorted((look.ROOT / "static" / "css").rglob("*.css"))
FORBIDDEN = re.compile(
    r"""\sstyle\s*=|<style|\son[a-z]+\s*=|hx-on|javascript:|\bjs:|<script(?![^>]*\ssrc=)""",
    re.IGNORECASE,
)


def test_every_answer_carries_the_headers() -> None:
    answer = look.make().test_client().get("/nowhere")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer.headers


def test_over_https_browsers_are_told_to_stay_there() -> None:
    answer = look.make(https=True).test_client().get("/nowhere")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_inline_script_or_style(path: Path) -> None:
    assert not FORBIDDEN.findall(path.read_text())


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_colours_are_named_in_the_tokens_only(path: Path) -> None:
    if path.name == "tokens.css":
        return
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", text)


def test_every_style_file_is_linked() -> None:
    css = look.ROOT / "static" / "css"
    linked = set(re.findall(r'url\("([^"]+)"\)', (css / "fanlight.css").read_text()))
    assert linked == {str(p.relative_to(css)) for p in STYLES} - {"fanlight.css"}


def test_what_a_page_links_is_kept_for_good_under_its_version() -> None:
    client = look.make().test_client()
    linked = re.findall(r'(?:href|src)="(/static[^"#]+)', client.get("/nowhere").text)
    assert len(linked) >= 5
    for address in linked:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"]
        answer.close()


def test_htmx_is_the_file_we_vendored() -> None:
    digest = hashlib.sha384((look.ROOT / "static/vendor/htmx/htmx.min.js").read_bytes()).digest()
    stated = f"sha384-{base64.b64encode(digest).decode()}"
    assert stated in (look.ROOT / "templates/_head.html").read_text()
    assert stated in (look.ROOT / "static/vendor/README.md").read_text()


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    sprite = (look.ROOT / "static/vendor/lucide/sprite.svg").read_text()
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    for path in TEMPLATES:
        named = re.findall(r'(?:icon|draw)\("([a-z0-9-]+)"|icon="([a-z0-9-]+)"', path.read_text())
        assert {name for pair in named for name in pair if name} <= known, path

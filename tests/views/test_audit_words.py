"""Every action a service writes into a brand's audit log has words for people."""

from __future__ import annotations

import ast
from pathlib import Path

from webapp import services
from webapp.views import audit_words

SERVICES = Path(services.__path__[0])
NOT_OF_A_BRAND = (
    "user.",
    "keys.",
    "rulebook.",
    "installation.",
)  # lines of the installation, shown in no brand's log


def actions() -> set[str]:
    """The texts like `noun.verb` among the arguments of calls that keep an audit line."""
    found: set[str] = set()
    for file in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _keeps(node.func):
                found |= {text for part in node.args if (text := _action(part))}
    return found


def _keeps(called: ast.expr) -> bool:
    name = ast.unparse(called)
    return name in {"audits.add", "drafting.keep", "_kept", "_keep", "_note"}


def _action(part: ast.expr) -> str | None:
    if not isinstance(part, ast.Constant) or not isinstance(part.value, str):
        return None
    noun, dot, verb = part.value.partition(".")
    return part.value if dot and noun.isidentifier() and verb.isidentifier() else None


def test_every_action_has_words() -> None:
    found = {action for action in actions() if not action.startswith(NOT_OF_A_BRAND)}
    assert len(found) > 20
    assert found - audit_words.ACTIONS.keys() == set()

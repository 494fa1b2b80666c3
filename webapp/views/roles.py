"""Roles in words, for every screen that shows one."""

from __future__ import annotations

from flask import Flask

from webapp.domain.permission import Role
from webapp.domain.wording import Sentence, say
from webapp.views import language

WORDS: dict[Role, Sentence] = {
    Role.VIEWER: say("Viewer"),
    Role.EDITOR: say("Editor"),
    Role.MANAGER: say("Manager"),
    Role.ADMIN: say("Admin"),
}


def install(app: Flask) -> None:
    app.jinja_env.globals["role_word"] = word


def word(role: str) -> str:
    return language.translate(WORDS[Role[role.upper()]])

"""API tokens of the brand: made, listed, revoked."""

from __future__ import annotations

from datetime import timedelta

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page, PageQuery
from webapp.api.schemas.tokens import MadeToken, NewToken, Token
from webapp.domain.permission import Role
from webapp.models.user import ApiToken, User
from webapp.services import tokens as making
from webapp.store import api_tokens

table = Table("tokens")


@table.get("/tokens", "token.edit", answers=Page[Token], query=PageQuery)
def index(call: Call, query: PageQuery) -> Page[Token]:
    """Tokens of this brand that were not revoked; never the tokens themselves."""
    found = api_tokens.page(call.session, call.brand_id)
    rows, cursor = cursors.of_all(found, query, lambda pair: pair[0].id or 0)
    return Page(items=[_shown(row, user) for row, user in rows], next_cursor=cursor)


@table.post("/tokens", "token.edit", answers=MadeToken, body=NewToken, status=201)
def create(call: Call, body: NewToken) -> MadeToken:
    """Make a token for this brand that acts as its maker; never with a higher role."""
    row, text = making.create(
        call.session,
        call.house.vault,
        call.actor,
        name=body.name,
        role=Role[body.role.upper()],
        now=call.now,
        expires_at=None if body.days is None else call.now + timedelta(days=body.days),
    )
    return MadeToken(id=row.id or 0, token=text, role=row.role, expires_at=row.expires_at)


@table.delete("/tokens/{token_id}", "token.edit")
def revoke(call: Call, token_id: int) -> None:
    """Refuse this token from now on."""
    making.revoke(call.session, call.actor, token_id, call.now)


def _shown(row: ApiToken, user: User) -> Token:
    return Token(user=user.email, **row.model_dump(include=set(Token.model_fields) - {"user"}))

"""Who did what in this brand."""

from __future__ import annotations

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page
from webapp.api.schemas.system import AuditLine, AuditQuery
from webapp.store import audits

table = Table("audit")


@table.get("/audit", "audit.view", answers=Page[AuditLine], query=AuditQuery)
def index(call: Call, query: AuditQuery) -> Page[AuditLine]:
    """The audit log, newest first; each line's hash covers the line before it."""
    before = cursors.after_id(query) or None
    found = audits.page(call.session, call.brand_id, before, query.limit + 1)
    rows, cursor = cursors.cut(found, query.limit, lambda row: [row.id])
    return Page(items=[AuditLine.model_validate(row) for row in rows], next_cursor=cursor)

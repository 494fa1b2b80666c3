"""Message templates of the channels, as the platform last told of them."""

from __future__ import annotations

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page
from webapp.api.schemas.templates import Template, TemplateQuery
from webapp.domain import template_layout, templated
from webapp.domain.template import TemplateState, state_of
from webapp.models.template import Template as Row
from webapp.store import channels, templates

table = Table("templates")


@table.get("/templates", "view", answers=Page[Template], query=TemplateQuery)
def index(call: Call, query: TemplateQuery) -> Page[Template]:
    """The templates of the brand, or of one channel."""
    platforms = {row.id: row.platform for row in channels.page(call.session)}
    if query.channel is not None:
        channels.get(call.session, query.channel)
    found = templates.page(call.session, query.channel)
    rows, cursor = cursors.of_all(found, query, lambda row: row.id or 0)
    shown = [_shown(row, platforms.get(row.channel_id, "")) for row in rows]
    return Page(items=shown, next_cursor=cursor)


def _shown(row: Row, platform: str) -> Template:
    layout = template_layout.read(row.components)
    open_places = layout.slots(image_is_sent=platform in templated.SENDS_ITS_IMAGE)
    return Template(
        places=[slot.key for slot in open_places],
        usable=state_of(row.state) is TemplateState.APPROVED and not layout.beyond,
        **row.model_dump(exclude={"brand_id"}),
    )

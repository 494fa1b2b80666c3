"""What changed around the page: comments on its posts, the state of its templates (facts 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from webapp.domain.event import EventKind
from webapp.domain.wording import say
from webapp.platforms import webhook_values as values
from webapp.platforms.webhook_item import Item, Reading

Part = Mapping[str, object]


def feed(item: Item, value: Part) -> Reading:
    """A comment may get one private reply; it opens no window, and its author has no PSID here."""
    what, verb = values.text(value.get("item")), values.text(value.get("verb"))
    comment = values.identity(value.get("comment_id"))
    if what != "comment" or verb != "add" or comment is None:
        return item.aside(say("Fanlight makes no use of this activity on the page's posts."))
    author = values.party(value.get("from"))
    if author is not None and author == item.page:
        return item.aside(say("The page itself wrote this comment."))
    created = values.moment(value.get("created_time"))
    return item.event(
        EventKind.COMMENT,
        comment,
        what,
        verb,
        created,
        person=None,
        stamp=created,
        mid=comment,
        text=values.text(value.get("message")),
        reply_to=values.identity(value.get("post_id")),
        source=author,
    )


def template_status(item: Item, part: Part) -> Reading:
    """`action` is the new state in lower case; `ref` the template's name and `mid` its id."""
    state = values.text(part.get("event"), values.ID_LIMIT)
    name = values.text(part.get("message_template_name"), values.ID_LIMIT)
    key = values.identity(part.get("message_template_id"))
    if state is None or not (name or key):
        return item.aside(say("This notice about a template does not say which or what."))
    stamp = values.moment(part.get("timestamp")) or item.stamp
    language = values.identity(part.get("message_template_language"))
    return item.event(
        EventKind.TEMPLATE_STATUS,
        key or name,
        language,
        state,
        stamp,
        person=None,
        stamp=stamp,
        mid=key,
        ref=name,
        action=state.strip().lower(),
        payload=language,
        reason=values.text(part.get("reason")),
    )


TEMPLATE_READERS: Mapping[str, Callable[[Item, Part], Reading]] = {
    "message_template_status_update": template_status,  # as the SDK spells it
    "messenger_template_status_update": template_status,  # as the webhook page does
}

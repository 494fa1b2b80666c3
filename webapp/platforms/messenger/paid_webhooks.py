"""What became of paid messages: flat objects whose envelope the documents do not show (facts 5.4).

They are read wherever they stand: under `messaging`, under `changes`, or in the entry itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from webapp.domain.event import EventKind
from webapp.domain.wording import say
from webapp.platforms import webhook_values as values
from webapp.platforms.webhook_item import Item, Reading

Part = Mapping[str, object]

NAMES = {
    "marketing_message_echoes": EventKind.PAID_ECHO,
    "marketing_message_echo": EventKind.PAID_ECHO,
    "marketing_message_deliveries": EventKind.PAID_DELIVERY,
    "marketing_message_delivery": EventKind.PAID_DELIVERY,
    "marketing_message_reads": EventKind.PAID_READ,
    "marketing_message_read": EventKind.PAID_READ,
    "marketing_message_clicks": EventKind.PAID_CLICK,
    "marketing_message_click": EventKind.PAID_CLICK,
    "marketing_message_delivery_failed": EventKind.PAID_FAILED,
}


def paid(kind: EventKind, item: Item, part: Part) -> Reading:
    """The person is hidden for those who came by an uploaded audience: then the token must do."""
    token = values.token(part.get("messenger_subscription_token"))
    tracking = values.identity(part.get("marketing_message_tracking_id"))
    person = values.identity(part.get("recipient_id"), values.PARTY_LIMIT)
    campaign = values.identity(part.get("message_id"))
    mid = values.identity(part.get("mid"))
    if not (token or tracking or person or mid):
        return item.aside(say("This notice about a paid message does not say which one."))
    stamp = values.moment(part.get("timestamp")) or item.stamp
    named = (tracking,) if tracking else (token or person, campaign, mid)
    return item.event(
        kind,
        *named,
        stamp,
        person=person,
        page=values.identity(part.get("page_id"), values.PARTY_LIMIT),
        stamp=stamp,
        mid=mid,
        token=token,
        tracking_id=tracking,
        campaign_key=campaign,
        app_id=values.identity(part.get("app_id")),
        reason=values.text(part.get("error_message")),
    )


READERS: Mapping[str, Callable[[Item, Part], Reading]] = {
    name: partial(paid, kind) for name, kind in NAMES.items()
}

"""Templates of the practice channel, so that a utility broadcast can be tried at once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlmodel import Session

from webapp.domain.template_draft import DraftButton, TemplateDraft
from webapp.services import template_lists
from webapp.services.channels import Outside
from webapp.services.demonstration.brand import Staff
from webapp.services.demonstration.seasons import SHOP

DRAFTS: Final = (
    TemplateDraft(
        name="order_on_its_way",
        category="utility",
        language="en",
        header="Your order is on its way",
        body="Hello {{1}}, your order {{2}} left our shop today. It should reach you by {{3}}.",
        samples={"1": "Mia", "2": "R-1042", "3": "Friday"},
        buttons=(DraftButton("Follow it", f"{SHOP}/orders/{{{{1}}}}", "R-1042"),),
    ),
    TemplateDraft(
        name="ready_to_pick_up",
        category="utility",
        language="en",
        body="Hello {{1}}, your order is ready. Pick it up in {{2}} until Saturday, 17:00.",
        samples={"1": "Mia", "2": "Melbourne"},
    ),
    TemplateDraft(
        name="fitting_reminder",
        category="utility",
        language="en",
        body="Hello {{first_name}}, we see you for your fitting on {{day}} in our workshop.",
        samples={"first_name": "Mia", "day": "Tuesday at ten"},
    ),
)


def fill(session: Session, staff: Staff, outside: Outside, channel_id: int, now: datetime) -> None:
    """Sent for review as anybody's; the practice platform approves them within a second."""
    for draft in DRAFTS:
        template_lists.submit(session, staff.second_acts, outside, channel_id, draft, now)

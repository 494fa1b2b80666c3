"""Paid campaigns: POST /act_X/message_campaign, what they cost, and what came of them.

Nothing here is charged. Prices are ours, for practice: the platform publishes none (facts, C3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.simulator import errors, tokens
from webapp.simulator.answers import Answer, Json
from webapp.simulator.calls import Call
from webapp.simulator.clock import DAY, MINUTE, SECOND
from webapp.simulator.pages import Page
from webapp.simulator.state import Row, State
from webapp.simulator.world import World

BUSINESSES = frozenset(
    [
        "AU",
        "BR",
        "CL",
        "CO",
        "HK",
        "IN",
        "ID",
        "IL",
        "MY",
        "MX",
        "NZ",
        "PE",
        "PH",
        "SA",
        "SG",
        "TW",
        "TH",
        "AE",
        "US",
        "VN",
    ]
)
EXCLUDED_PEOPLE = tokens.EUROPEAN_UNION | {"JP", "KR", "AU", "GB"}
WARM_UP_SINCE = 1777939200000  # 2026-05-05
LONGEST_LEAD = 30 * DAY
PRICE = 1.23  # in hundredths of the account's currency, for each message
PRICES = {"BR": 1.9, "MX": 1.6, "PH": 0.9, "TH": 1.1, "US": 2.4, "VN": 0.8}


@dataclass(frozen=True, slots=True)
class Campaign:
    """Budgets in hundredths of the currency; None where none was set."""

    id: str
    account: str
    page: str
    name: str
    daily_budget: int | None
    lifetime_budget: int | None
    starts: int
    ends: int
    created: int
    deleted: int


def make(world: World, page: Page, account: str, call: Call) -> Answer:
    if not call.params.get("name"):
        raise errors.required("name")
    if str(call.params.get("page_id") or page.id) != page.id:
        raise errors.paid(2300005, "The page does not belong to this access token")
    check_business(page)
    now = world.clock.now()
    starts = _moment(call.params.get("start_time"), now)
    if starts > now + LONGEST_LEAD:
        raise errors.paid(2300006, "start_time may be at most 30 days ahead")
    ends = _moment(call.params.get("end_time"), starts + LONGEST_LEAD)
    identity = str(120_000_000_000_000_000 + world.state.number("SELECT count(*) FROM campaign"))
    world.state.write(
        "INSERT INTO campaign VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        identity, account, page.id, str(call.params["name"]), _budget(call, "daily_budget"),
        _budget(call, "lifetime_budget"), starts, ends, now,
    )  # fmt: skip
    return Answer({"id": identity})


def find(state: State, identity: str) -> Campaign | None:
    row = state.one("SELECT * FROM campaign WHERE id=? AND NOT deleted", identity)
    return Campaign(**dict(row)) if row else None


def check_running(campaign: Campaign, warm_up: float, now: int) -> None:
    """Raises the refusal of a campaign that may not send at this moment."""
    if now < campaign.starts or now >= campaign.ends:
        raise errors.paid(2300003, "The message campaign is not active")
    ready = campaign.created + int(warm_up * MINUTE)
    if now >= WARM_UP_SINCE and now < ready:
        left = (ready - now) // SECOND
        raise errors.paid(2300041, "The campaign is not ready for message delivery yet",
                          remaining_seconds=left)  # fmt: skip


def check_business(page: Page) -> None:
    if page.country not in BUSINESSES:
        raise errors.paid(2300030, "Marketing messages are not available to businesses here")
    if not page.option("business_reviewed"):
        raise errors.paid(2300039, "The app is not permitted to send marketing messages")


def check_budget(state: State, campaign: Campaign, cost: float, now: int) -> None:
    """Raises the refusal of a message that no budget would cover."""
    lifetime, daily = campaign.lifetime_budget, campaign.daily_budget
    if lifetime is not None and spent(state, campaign, 0) + cost > lifetime:
        raise errors.paid(2300053, "The lifetime budget of the campaign is used up")
    if daily is not None and spent(state, campaign, now - now % DAY) + cost > daily:
        raise errors.paid(2300054, "The daily budget of the campaign is used up")


def spent(state: State, campaign: Campaign, since: int) -> float:
    query = "SELECT coalesce(sum(cost), 0) FROM paid_message WHERE campaign=? AND at>=?"
    row = state.one(query, campaign.id, since)
    return float(row[0]) if row else 0.0


def price(country: str) -> float:
    return PRICES.get(country, PRICE)


def shown(campaign: Campaign) -> Answer:
    return Answer({
        "id": campaign.id, "name": campaign.name, "page_id": campaign.page,
        "daily_budget": campaign.daily_budget, "lifetime_budget": campaign.lifetime_budget,
    })  # fmt: skip


def remove(world: World, campaign: Campaign) -> Answer:
    world.state.write("UPDATE campaign SET deleted=1 WHERE id=?", campaign.id)
    return Answer({"success": True})


def insights(world: World, campaign: Campaign) -> Answer:
    """GET /{campaign}/insights. Spend and costs in whole units of the currency, as text."""
    row = world.state.one(
        "SELECT count(*) AS sent, coalesce(sum(cost), 0) AS cost, coalesce(sum(delivered), 0) AS d,"
        " coalesce(sum(seen), 0) AS r, coalesce(sum(clicked), 0) AS c"
        " FROM paid_message WHERE campaign=?",
        campaign.id,
    )
    return Answer({"data": [_numbers(row) if row else {}]})


def estimate(world: World, page: Page, call: Call) -> Answer:
    """GET /act_X/message_delivery_estimate: how many could be reached, for how much."""
    reachable = world.state.number(
        "SELECT count(*) FROM token WHERE page=? AND NOT stopped AND expires>?",
        page.id, world.clock.now(),
    )  # fmt: skip
    budget = _budget(call, "daily_budget") or _budget(call, "lifetime_budget")
    likely = min(reachable, int(budget / price(page.country))) if budget else reachable
    return Answer({"data": [{
        "estimate_delivery_lower_bound": likely * 8 // 10,
        "estimate_delivery_upper_bound": likely,
        "estimate_cost_lower_bound": round(likely * 0.8 * price(page.country)),
        "estimate_cost_upper_bound": round(likely * price(page.country)),
        "estimate_ready": True,
    }]})  # fmt: skip


def _numbers(row: Row) -> Json:
    spend = row["cost"] / 100
    return {
        "marketing_messages_sent": row["sent"],
        "marketing_messages_delivered": row["d"],
        "marketing_messages_read_rate": row["r"] / row["d"] if row["d"] else 0,
        "marketing_messages_link_btn_click": row["c"],
        "marketing_messages_link_btn_click_rate": row["c"] / row["d"] if row["d"] else 0,
        "marketing_messages_cost_per_delivered": f"{spend / row['d']:.4f}" if row["d"] else "0",
        "marketing_messages_spend": f"{spend:.2f}",
    }


def _budget(call: Call, name: str) -> int | None:
    given = call.params.get(name)
    if given is None:
        return None
    if not str(given).isdigit() or int(given) <= 0:
        raise errors.paid(2300008, f"{name} must be a whole number above zero")
    return int(given)


def _moment(given: Any, default: int) -> int:
    """Unix seconds, as text or number."""
    return int(given) * SECOND if str(given or "").isdigit() else default

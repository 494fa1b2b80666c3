"""What a rule is about, in a word or two: what the middle of its id stands for."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.wording import Sentence, say
from webapp.views import language

SUBJECTS: Mapping[str, Sentence] = {
    "accounts": say("accounts"),
    "assistants": say("assistants"),
    "broadcast_api": say("broadcasting"),
    "cap": say("caps"),
    "channel": say("channels"),
    "charge": say("prices"),
    "customer_feedback": say("feedback"),
    "disclosure": say("disclosure"),
    "europe": say("Europe"),
    "free_entry": say("free entry points"),
    "handover": say("handover"),
    "human_agent": say("human agents"),
    "identity": say("identity"),
    "japan": say("Japan"),
    "limit": say("limits"),
    "login": say("sign-in"),
    "marketing_api": say("marketing interface"),
    "marketing_placement": say("place of marketing"),
    "news": say("news"),
    "one_time": say("one-time notices"),
    "opens": say("opening of windows"),
    "opt_in": say("opt-ins"),
    "pair_rate": say("pace to one person"),
    "parameters": say("parameters"),
    "portfolio": say("portfolios"),
    "price": say("prices"),
    "private_reply": say("private replies"),
    "quiet_hours": say("quiet hours"),
    "requests": say("requests"),
    "responsiveness": say("time to answer"),
    "sponsored": say("paid messages"),
    "stop": say("people who stopped"),
    "stopped": say("people who stopped"),
    "subscription": say("subscriptions"),
    "tags": say("message tags"),
    "template": say("templates"),
    "unavailable": say("people out of reach"),
    "utility": say("utility messages"),
    "window": say("window"),
}


def of(rule_id: str) -> str:
    """A version of the interface, such as v25, is its own name."""
    middle = rule_id.split(".")[1]
    return language.translate(SUBJECTS.get(middle, middle.replace("_", " ")))

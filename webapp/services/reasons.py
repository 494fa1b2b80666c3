"""Why somebody got nothing, in plain words: the ledger keeps a rule's id or the platform's code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from webapp.domain import departure, house_rules, period, remark
from webapp.domain.policy import changing
from webapp.domain.policy.verdict import Stance, Until
from webapp.domain.wording import Sentence, say
from webapp.models.delivery import Delivery
from webapp.platforms import answers
from webapp.store import decisions, occurrences

OWN: Mapping[str, Sentence] = {
    **house_rules.WORDS,
    **departure.WORDS,
    **period.WORDS,
    "broadcast.cancelled": say("The broadcast was cancelled before their turn."),
    "brand.budget": say("The budget was spent before their turn."),
    "content.too_long": say("With their own values the message is longer than the platform takes."),
    "content.unrenderable": say("The message could not be made for them."),
    "process.died": say(
        "The sending process ended while the platform was asked; it may have the message."
    ),
    "person.settled": say(
        "Nobody knew whether it arrived; somebody looked and says that it did not."
    ),
    "no answer": say("The platform gave no clear answer; it may have the message."),
}
_CODE = re.compile(r"(\d{1,9})(?:/(\d{1,12}))?")


@dataclass(frozen=True)
class Explained:
    """A reason in words; `source` and `changes` where a rule gave it."""

    code: str
    words: Sentence
    source: str | None = None
    changes: Sentence | None = None


def of_broadcast(session: Session, broadcast_id: int) -> dict[str, Explained]:
    """The rules that kept people out in its last run, by id, as they were when it was decided."""
    run = occurrences.latest(session, broadcast_id)
    if run is None:
        return {}
    first = [row.verdicts for row in decisions.known(session, run).values()]
    later = [row.verdicts for row in decisions.later(session, run)]
    return {
        str(verdict["rule"]): _ruled(verdict)
        for verdicts in (*first, *later)
        for verdict in verdicts
        if verdict.get("rule") and verdict.get("stance") != Stance.ALLOWS
    }


def explain(code: str, ruled: Mapping[str, Explained], detail: str | None = None) -> Explained:
    """`detail` is what the row keeps of the platform's words, for codes nobody described."""
    if code in ruled:
        return ruled[code]
    if code in OWN:
        return Explained(code, OWN[code])
    match = _CODE.fullmatch(code)
    row = answers.row_for(int(match[1]), int(match[2]) if match[2] else None, "") if match else None
    if row is not None and "%(" not in row.sentence.text:
        return Explained(code, row.sentence)
    if detail:
        return Explained(code, say("%(words)s", words=detail))
    return Explained(code, say("The platform refused with the code %(code)s.", code=code))


def of_row(row: Delivery, ruled: Mapping[str, Explained]) -> Explained | None:
    """Why somebody got nothing, or waits for their window; None: there is nothing to explain."""
    if row.reason is None:
        return None
    if row.reason == period.AWAITS and row.due_at is not None:
        words = say(
            "Waits for their window, which opens when they write: until %(until)s.",
            until=row.due_at,
        )
        return Explained(row.reason, words)
    return explain(row.reason, ruled, row.detail)


def _ruled(verdict: Mapping[str, object]) -> Explained:
    kept = {"text": verdict.get("sentence"), "params": verdict.get("params")}
    until = str(verdict.get("until") or "")
    return Explained(
        str(verdict["rule"]),
        remark.from_json(kept) or say("%(rule)s", rule=verdict["rule"]),
        str(verdict.get("source") or "") or None,
        changing.words(Until(until)) if until in list(Until) else None,
    )

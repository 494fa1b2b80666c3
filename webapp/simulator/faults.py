"""Faults on request: what a platform does on its bad days, when a trainer asks for one.

A fault strikes calls that send a message (every call with "everywhere"), of one page or person if
named, with a probability, so many times or for so many seconds. They end with the process.
"""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import asdict, dataclass, field, replace

from webapp.simulator import errors
from webapp.simulator.answers import Answer, Ending, Fate, Json
from webapp.simulator.pages import Misuse

BEFORE = frozenset(
    {"timeout_before", "reset_before", "http_5xx", "error", "rate_limit", "token_death"}
)
AFTER = frozenset({"latency", "timeout_after", "reset_after", "null_message_id", "garbage_200"})
HOOKS = frozenset({"webhook_lost", "webhook_doubled", "webhook_shuffled"})
OF_WHOLE = (BEFORE | AFTER) - {"token_death", "null_message_id"}
KINDS = BEFORE | AFTER | HOOKS | {"window_disagrees", "kill"}
STANDING = {"rate_limit": 10.0}  # seconds, when none are named
HOLD = 60.0  # seconds a silent connection is kept open


@dataclass(slots=True)
class Fault:
    """`until` is of the monotonic clock; `code` and the like are for the kinds that use them."""

    kind: str
    id: int
    page: str | None = None
    psid: str | None = None
    probability: float = 1.0
    count: int | None = None
    seconds: float | None = None
    delay_ms: int = 2000
    code: int = 1
    subcode: int | None = None
    message: str | None = None
    status: int | None = None
    accepted: bool = False  # http_5xx: was the message taken all the same?
    everywhere: bool = False
    whole: bool = False  # of a batch: the request they travel in, not one of the calls in it
    token: str | None = None  # token_death: only this token is dead, so a new one lives
    pid: int = 0  # kill: who dies
    at: str | None = None  # kill: see `killing.POINTS`
    until: float | None = None
    struck: int = 0

    def left(self) -> float:
        return max(0.0, self.until - time.monotonic()) if self.until else 0.0

    def alive(self) -> bool:
        used_up = self.count is not None and self.struck >= self.count
        return not used_up and (self.until is None or self.left() > 0)

    def hits(self, page: str | None, psid: str | None, token: str | None, *, sends: bool) -> bool:
        """A dead token is dead for every call; the other kinds strike sends unless told else."""
        about = self.page in (None, page) and self.psid in (None, psid) and not self.whole
        if self.kind == "token_death":
            return about and self.token in (None, token)
        return about and (sends or self.everywhere)

    def strikes_batch(self, page: str | None) -> bool:
        return self.whole and self.page in (None, page)


@dataclass(slots=True)
class Faults:
    dice: random.Random
    standing: list[Fault] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, given: Json) -> Fault:
        """Misuse names what is not a fault."""
        if given.get("kind") not in KINDS:
            raise Misuse(f"A fault's kind is one of {', '.join(sorted(KINDS))}.")
        try:
            fault = Fault(id=next(self._numbers), **given)
        except TypeError as error:
            raise Misuse(f"Not a fault: {error}.") from error
        if fault.whole and fault.kind not in OF_WHOLE:
            raise Misuse(f"Of a whole batch a fault is one of {', '.join(sorted(OF_WHOLE))}.")
        fault.seconds = fault.seconds or STANDING.get(fault.kind)
        fault.until = time.monotonic() + fault.seconds if fault.seconds else None
        self.standing.append(fault)
        return fault

    def clear(self, number: int | None = None) -> int:
        """Ends one fault, or all; how many."""
        kept = [fault for fault in self.standing if number is not None and fault.id != number]
        ended, self.standing = len(self.standing) - len(kept), kept
        return ended

    def shown(self) -> list[Json]:
        return [
            {name: value for name, value in asdict(fault).items() if name != "until"}
            | {"seconds_left": round(fault.left(), 1) if fault.until else None}
            for fault in self.standing
            if fault.alive()
        ]

    def regain_minutes(self, page: str) -> int:
        """For how long a standing rate limit goes on, as the usage header tells it."""
        left = [
            f.left() for f in self.standing if f.kind == "rate_limit" and f.page in (None, page)
        ]
        return -(-int(max(left)) // 60) or 1 if left and max(left) > 0 else 0

    def strike(
        self,
        kinds: frozenset[str],
        page: str | None,
        psid: str | None = None,
        token: str | None = None,
        *,
        sends: bool = True,
        whole: bool = False,
    ) -> Fault | None:
        """The first standing fault of these kinds that hits now; it is counted."""
        if not self.standing:
            return None
        self.standing = [fault for fault in self.standing if fault.alive()]
        for fault in self.standing:
            hits = (
                fault.strikes_batch(page) if whole else fault.hits(page, psid, token, sends=sends)
            )
            if fault.kind not in kinds or not hits:
                continue
            if self.dice.random() < fault.probability:
                fault.struck += 1
                return fault
        return None


def instead(fault: Fault) -> Answer:
    """What happens in place of handling the call. May raise the refusal the fault stands for."""
    match fault.kind:
        case "timeout_before":
            return Answer(status=504, fate=Fate(HOLD, Ending.HOLD))
        case "reset_before":
            return Answer(status=502, fate=Fate(ending=Ending.RESET))
        case "http_5xx":
            return _broken(fault)
        case "rate_limit":
            raise errors.rate_exceeded()
        case "token_death":
            raise errors.token_dead(fault.subcode or 463)
    words = fault.message or f"(#{fault.code}) A practice fault"
    raise errors.Refusal(fault.code, words, fault.subcode, fault.status or 400)


def spoilt(fault: Fault, answer: Answer) -> Answer:
    """The answer to a call that was handled, as the caller gets to see it."""
    answer = replace(answer, note=fault.kind)
    match fault.kind:
        case "latency":
            return replace(answer, fate=Fate(fault.delay_ms / 1000))
        case "timeout_after":
            return replace(answer, fate=Fate(HOLD, Ending.HOLD))
        case "reset_after":
            return replace(answer, fate=Fate(ending=Ending.RESET))
        case "http_5xx":
            broken = _broken(fault)
            return replace(answer, body=broken.body, status=broken.status, headers=broken.headers)
        case "null_message_id":
            named = [name for name in answer.body if name.endswith(("message_id", "tracking_id"))]
            return replace(answer, body={**answer.body, **dict.fromkeys(named)})
    return replace(answer, body=b'{"recipient_id":"10')


def _broken(fault: Fault) -> Answer:
    page = b"<html><body><h1>Sorry, something went wrong.</h1></body></html>"
    return Answer(page, fault.status or 503, {"content-type": "text/html; charset=utf-8"})

"""What a person agreed to and withdrew, as sentences one can print and check.

A sentence says what the act was and no more than we know: an act told by a list or a program is
what that list or program says the person did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from webapp.domain.consent import Action, Source
from webapp.domain.wording import Sentence, say

NOBODY = say("This person")
ACTS: Mapping[Action, Sentence] = {
    Action.OPT_IN: say("Opted in"),
    Action.REFRESH: say("Agreed again"),
    Action.STOP: say("Stopped"),
    Action.STOP_ALL: say("Stopped all messages"),
    Action.RESUME: say("Took it up again"),
    Action.MUTE: say("Switched messages off in the app"),
    Action.UNMUTE: say("Switched messages on in the app"),
    Action.WITHDRAW: say("Taken back: the import was undone"),
}
SOURCES: Mapping[Source, Sentence] = {
    Source.WEBHOOK: say("told by the platform"),
    Source.PERSON: say("told by a colleague"),
    Source.IMPORT: say("imported from a list"),
    Source.API: say("told by a program"),
}
HOW_TO_CHECK = (
    "content_hash = SHA-256 of the JSON array [salt, wording, evidence, token_sha256]. "
    "hash = SHA-256 of the JSON array [previous_hash, brand_id, person_id, topic_id, action, at, "
    "recorded_at, source, token_expires_at, content_hash]. Arrays have ', ' between their parts, "
    "other alphabets as \\u escapes, times in UTC. Each previous_hash is the hash of the act "
    "before it; the first one is empty."
)


@dataclass(frozen=True)
class Line:
    """One act of the ledger, with the topic as it was called then and what answered it."""

    id: int
    topic_id: int | None
    topic: str | None
    action: Action
    at: datetime
    recorded_at: datetime
    source: Source
    wording: str
    evidence: str
    token: str | None  # masked
    token_sha256: str | None
    token_expires_at: datetime | None
    salt: str
    content_hash: str
    previous_hash: str
    hash: str
    whole: bool
    confirmed_at: datetime | None = None
    confirmation: str | None = None  # its state, domain.confirmation.ReplyState


@dataclass(frozen=True)
class Receipt:
    """All acts of one person on one channel, oldest first."""

    brand_id: int
    brand: str
    channel: str
    person_id: int
    person_key: str
    name: str
    made_at: datetime
    stopped_at: datetime | None
    lines: tuple[Line, ...]

    @property
    def whole(self) -> bool:
        return all(line.whole for line in self.lines)

    @property
    def seal(self) -> str:
        """The last act's hash: it covers every act before it."""
        return self.lines[-1].hash if self.lines else ""


def sentence(line: Line, name: str) -> Sentence:
    """`Ana agreed to Price drops.`; `name` may be empty."""
    hearsay = None if line.action is Action.WITHDRAW else _HEARSAY.get(line.source)
    said = hearsay or _SAID[line.action, line.topic is not None]
    return replace(said, params={"name": name or NOBODY, "topic": line.topic or ""})


_NO_MORE = say("%(name)s asked for no more messages.")
_OFF = say("%(name)s switched messages like ours off in the app.")
_ON = say("%(name)s switched messages like ours on again.")
_AGREED = say("%(name)s agreed to %(topic)s.")
_AGREED_AGAIN = say("%(name)s agreed to %(topic)s again.")
_TAKEN_BACK = say("The list that said %(name)s agreed to %(topic)s was taken back.")
_SAID: Mapping[tuple[Action, bool], Sentence] = {  # by the act, and whether it names a topic
    **dict.fromkeys([(Action.OPT_IN, True), (Action.OPT_IN, False)], _AGREED),
    **dict.fromkeys([(Action.REFRESH, True), (Action.REFRESH, False)], _AGREED_AGAIN),
    **dict.fromkeys([(Action.STOP_ALL, True), (Action.STOP_ALL, False)], _NO_MORE),
    **dict.fromkeys([(Action.MUTE, True), (Action.MUTE, False)], _OFF),
    **dict.fromkeys([(Action.UNMUTE, True), (Action.UNMUTE, False)], _ON),
    **dict.fromkeys([(Action.WITHDRAW, True), (Action.WITHDRAW, False)], _TAKEN_BACK),
    (Action.STOP, True): say("%(name)s stopped %(topic)s."),
    (Action.STOP, False): _NO_MORE,
    (Action.RESUME, True): say("%(name)s took up %(topic)s again."),
    (Action.RESUME, False): say("%(name)s asked for our messages again."),
}
_HEARSAY: Mapping[Source, Sentence] = {
    Source.IMPORT: say("A list says that %(name)s agreed to %(topic)s."),
    Source.API: say("A program says that %(name)s agreed to %(topic)s."),
}

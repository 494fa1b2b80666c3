"""What each code of the Graph means for one send: one row per code and subcode, with its source.

Meta's platforms share one space of codes, so there is one table. Sources: ERR = Messenger error
codes, 2026-06-25; GRAPH = Graph error guide; GRATE = Graph rate limiting, v24.0 era; MM = Marketing
Messages reference, 2026-04-24, and changelog; SEEN = reported by others, not documented.
Where sources disagree the reading that sends less was taken, and the row says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from webapp.domain.retry import PersonEffect, WaitScope
from webapp.domain.wording import Sentence, say

BAD_PARAMETER = 100
SENT_BUT_LOST = 1357046  # as a code or a subcode: the messages went out, the answer did not
OTHER = -1  # any subcode the table does not name


class Meaning(Enum):
    LATER = "later"
    PERSON = "person"
    STOP = "stop"
    CONTENT = "content"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Row:
    """`%(message)s` in a sentence is the platform's own text, for rows where it says what to do."""

    meaning: Meaning
    source: str
    sentence: Sentence
    effect: PersonEffect = PersonEffect.NONE
    wait_seconds: float | None = None
    scope: WaitScope = WaitScope.CHANNEL


def row_for(code: int, subcode: int | None, message: str) -> Row | None:
    """The row of an error, or None for a code nobody has described to us."""
    told = _told_by_message(code, subcode, message)
    if told is not None:
        return told
    if subcode is not None:
        named = ROWS.get((code, subcode)) or ROWS.get((code, OTHER))
        if named is not None:
            return named
    return ROWS.get((code, None)) or _family(code)


def _later(
    source: str,
    sentence: Sentence,
    wait_seconds: float | None = None,
    scope: WaitScope = WaitScope.CHANNEL,
) -> Row:
    return Row(Meaning.LATER, source, sentence, wait_seconds=wait_seconds, scope=scope)


def _person(source: str, sentence: Sentence, effect: PersonEffect = PersonEffect.NONE) -> Row:
    return Row(Meaning.PERSON, source, sentence, effect)


def _stop(source: str, sentence: Sentence) -> Row:
    return Row(Meaning.STOP, source, sentence)


def _content(source: str, sentence: Sentence) -> Row:
    return Row(Meaning.CONTENT, source, sentence)


def _ambiguous(source: str, sentence: Sentence) -> Row:
    return Row(Meaning.AMBIGUOUS, source, sentence)


def _paid_wait(sentence: Sentence, wait_seconds: float) -> Row:
    return _later("MM", sentence, wait_seconds, WaitScope.BROADCAST)


LIMIT = say("The platform's rate limit is reached; sending goes on by itself when it lifts.")
_WINDOW = say("The platform says this person's messaging window is closed.")
_GONE = say("This person is not available: the chat was blocked or the account is gone.")
_PERMISSION = say(
    "The app may not send for this page. Check that it is live, has the permission "
    "pages_messaging, and that whoever connected the page may send messages; then reconnect."
)
_RECONNECT = say("The page's access token no longer works. Reconnect the page.")
_REFUSED = say("The platform refused the message: %(message)s")
_ATTACHMENT = say("The platform could not use the picture or file: %(message)s")
_OWNER = say("Another app or a person at the page's inbox holds this conversation.")
_UNCLEAR = say("The platform failed and did not say whether it took the message.")
_NO_PERSON = say("The platform knows nobody with this id on this page.")
_TOO_SOON = say("It is too soon after the last message to this opt-in.")
_BAD_TOKEN = say("The opt-in's token is invalid or has expired.")
_CAMPAIGN = say("The paid campaign cannot send: %(message)s")
_FUNDS = say("The ad account or its budget does not allow this send: %(message)s")
_CREATIVE = say("The platform refused the paid message's content: %(message)s")
_PAID_REGION = say("Paid messages are not offered for this page's or business's region.")
_PAID_RIGHTS = say("The app lacks the permission or review that paid messages need: %(message)s")
_WARM_UP = say("The paid campaign is not ready yet; a new one warms up for about an hour.")
_PACED = say("The platform is pacing this paid campaign; sending goes on in half an hour.")
_PAID_RATE = say("The rate limit of the ad account is reached.")
_CAP = say("The platform's own cap on paid messages is reached for this person.")
_NO_REGION = say("Messages by this kind of opt-in are not offered in this person's region.")
_NOT_NOW = say("This person cannot get a paid message at present.")

_DROP = PersonEffect.DROP_TOKEN
_AWAY = PersonEffect.UNAVAILABLE
_CLOSE = PersonEffect.CLOSE_WINDOW
_NEXT = PersonEffect.NEXT_ELIGIBLE
_HALF_HOUR, _HOUR = 1800.0, 3600.0

GRAPH_WIDE: Mapping[tuple[int, int | None], Row] = {
    # May have been sent: never again without an echo that settles it.
    (1, None): _ambiguous("ERR", _UNCLEAR),
    (1, SENT_BUT_LOST): _ambiguous("ERR: answer lost although the messages were sent", _UNCLEAR),
    (SENT_BUT_LOST, None): _ambiguous("ERR", _UNCLEAR),
    (2, None): _ambiguous("ERR: temporary, also seen when the person blocked the page", _UNCLEAR),
    (1200, None): _ambiguous("SEEN", _UNCLEAR),
    # Limits: the channel waits.
    (4, None): _later("ERR", LIMIT),
    (17, None): _later("GRATE", LIMIT),
    (32, None): _later("GRATE: Page calls with a user's token", LIMIT),
    (341, None): _later("SEEN", LIMIT),
    (613, None): _later("ERR", LIMIT),
    (613, 2534040): _later("ERR: Instagram", LIMIT),
    # The channel stops until a person mends it.
    (3, None): _stop("GRAPH", _PERMISSION),
    (10, None): _stop("ERR: without a subcode, no permission", _PERMISSION),
    (102, None): _stop("GRAPH", _RECONNECT),
    (190, None): _stop("ERR", _RECONNECT),
    (190, 458): _stop("GRAPH", say("The app was removed from the page. Connect the page again.")),
    (190, 459): _stop(
        "GRAPH",
        say("Facebook asks the person who connected the page to log in and confirm; reconnect."),
    ),
    (190, 460): _stop(
        "GRAPH",
        say("The password of the person who connected the page was changed. Reconnect the page."),
    ),
    (190, 463): _stop("GRAPH", say("The page's access token has expired. Reconnect the page.")),
    (190, 464): _stop(
        "GRAPH",
        say("The account of the person who connected the page is not confirmed. Confirm it first."),
    ),
    (190, 467): _stop(
        "GRAPH", say("The person who connected the page has logged out. Reconnect the page.")
    ),
    (368, None): _stop(
        "GRAPH",
        say(
            "The platform has blocked the page for a policy violation. Read the page's support "
            "inbox before sending again."
        ),
    ),
}
FOR_ONE_SEND: Mapping[tuple[int, int | None], Row] = {
    (4, 2018354): _person("ERR: sent by token before the minimum delay", _TOO_SOON, _NEXT),
    (4, 2018022): _later("SEEN: sends to phone numbers, historic", LIMIT),
    (9, 2018352): _person("ERR", say("This person was asked to opt in too often.")),
    (10, 2018278): _person("ERR", _WINDOW, _CLOSE),
    (10, 2018065): _person("ERR: needs news messaging", _WINDOW, _CLOSE),
    (10, 2534022): _person("ERR: Instagram", _WINDOW, _CLOSE),
    (10, 2018108): _person("ERR", say("This person cannot receive messages now."), _AWAY),
    (10, 1893015): _person(
        "ERR",
        say("This person has stopped the notifications of this topic."),
        PersonEffect.STOP_TOPIC,
    ),
    (10, 1404170): _later(
        "ERR", say("The page is for now restricted from asking for opt-ins."), _HOUR
    ),
    (10, 1893063): _stop(
        "ERR, since 2026-06-25",
        say(
            "The platform has restricted this page from sending. Read the page's support inbox "
            "before sending again."
        ),
    ),
    (10, 2018336): _person("ERR", say("This conversation is restricted by the platform.")),
    (10, 2534077): _stop(
        "ERR", say("The link between the page and its account needs attention: %(message)s")
    ),
    (10, OTHER): _person("ERR: by family", say("The platform refused this person: %(message)s")),
    (BAD_PARAMETER, None): _content("ERR; since 2026-04-27 also a removed message tag", _REFUSED),
    (100, 33): _person("ERR", _NO_PERSON, _AWAY),
    (100, 2018001): _person("ERR", _NO_PERSON, _AWAY),
    (100, 2534014): _person("ERR: Instagram", _NO_PERSON, _AWAY),
    (100, 2018008): _content("ERR", _ATTACHMENT),
    (100, 2018047): _content("ERR", _ATTACHMENT),
    (100, 2018074): _content("ERR", _ATTACHMENT),
    (100, 2018109): _content("ERR", _ATTACHMENT),
    (100, 2018294): _content("ERR", _ATTACHMENT),
    (100, 2534013): _stop("ERR", say("The page is not linked to the Instagram account; link it.")),
    (100, 2534029): _stop("ERR", say("The business is blocked from the Instagram API.")),
    (100, 2534025): _person("ERR", say("The comment is too old or was answered already.")),
    (100, 2534037): _person("ERR", _OWNER),
    (100, 2018300): _person("ERR", _OWNER),
    (100, 2018321): _person("ERR", _OWNER),
    (200, None): _stop("ERR", _PERMISSION),
    (200, 1545041): _person("ERR; the send page calls it a closed window", _GONE, _AWAY),
    (200, 2534041): _stop(
        "ERR", say("Access to messages is switched off in the Instagram account; switch it on.")
    ),
    (551, None): _person("ERR", _GONE, _AWAY),
    (1545041, None): _person("ERR", _GONE, _AWAY),
    (613, 1893016): _person("ERR", say("This person was already asked to opt in to this topic.")),
    (613, 2018338): _person(
        "ERR",
        say("The platform warns that this person gets too many messages of this kind."),
        _AWAY,
    ),
    (1893047, None): _person("MM, since 2026-03-19", _GONE, _AWAY),
    (2022, None): _stop(
        "ERR", say("Commerce messages are switched off for this page after a violation.")
    ),
    (10303, None): _person("ERR", say("The account-linking token is not valid.")),
    (2018218, None): _person("ERR", say("The platform has no profile of this person.")),
    (9000001, None): _person("ERR", say("The message was deleted.")),
    (36103, None): _stop("ERR", say("The Instagram account may not use the messaging API.")),
}


def _paid(row: Row, *numbers: int) -> dict[tuple[int, int | None], Row]:
    return {(2_300_000 + number, None): row for number in numbers}


# Trouble with one campaign, its budget or its ad account stops that broadcast: standard messages of
# the same channel are none the worse for it.
PAID: Mapping[tuple[int, int | None], Row] = {
    **_paid(_content("MM", _CAMPAIGN), 0, 1, 2, 3, 6, 7, 8, 9, 14, 16, 20, 65),
    **_paid(_content("MM", _CREATIVE), 10, 18, *range(21, 28), 38, 46, 47, 48, 64, *range(70, 78)),
    **_paid(_content("MM", _FUNDS), 11, 13, 15, 17, 19, 53, 54, 56, 58, 59, 66, 67, 69),
    **_paid(_content("MM", _PAID_REGION), 30, 31),
    **_paid(_content("MM", _PAID_RIGHTS), 39, 40),
    **_paid(_person("MM", _BAD_TOKEN, _DROP), 4, 5, 37),
    **_paid(_person("MM", say("This person has unsubscribed."), PersonEffect.STOP_TOPIC), 34),
    **_paid(_person("MM", say("Paid messages are not offered in this person's region.")), 32),
    **_paid(_person("MM", _NOT_NOW, _NEXT), 36, 52),  # also a minimum gap not yet over
    **_paid(_person("MM", _TOO_SOON, _NEXT), 35),
    **_paid(_person("MM", _CAP, _NEXT), 42, 43, 44),
    **_paid(_paid_wait(_WARM_UP, _HOUR), 12, 28, 33, 41),
    **_paid(_paid_wait(_PACED, _HALF_HOUR), 55, 57, 60, 61, 62, 63, 68),
    **_paid(_later("MM", _PAID_RATE, scope=WaitScope.BROADCAST), 78, 79, 80),
}
ROWS: Mapping[tuple[int, int | None], Row] = {**GRAPH_WIDE, **FOR_ONE_SEND, **PAID}

FAMILIES: tuple[tuple[range, Row], ...] = (
    (range(200, 300), _stop("GRAPH: permissions", _PERMISSION)),
    (range(80_000, 80_015), _later("GRATE: limits by business use case", LIMIT)),
    (range(2_300_000, 2_300_081), _content("MM: by family", _CAMPAIGN)),
)

# A token's trouble comes as a plain 100 (facts on recurring notifications): only the text tells.
_TOKEN_TEXT = re.compile(r"(notification|subscription|opt.?in)[\w ]{0,20}token", re.IGNORECASE)
_REGION_TEXT = re.compile(r"\b(region|country)\b", re.IGNORECASE)
# Two official tables disagree on 2300069-79: content, or budget and pacing. The text decides.
_DISPUTED = range(2_300_069, 2_300_078)
_PACING_TEXT = re.compile(r"\bpac(ed|ing)\b|try again later|limit reached", re.IGNORECASE)


def _told_by_message(code: int, subcode: int | None, message: str) -> Row | None:
    if code == BAD_PARAMETER and subcode is None and _TOKEN_TEXT.search(message):
        if _REGION_TEXT.search(message):
            return _person("MM: ended by region on 2026-02-10", _NO_REGION)
        return _person("ERR: token invalid or expired", _BAD_TOKEN, _DROP)
    if code in _DISPUTED and _PACING_TEXT.search(message):
        return _paid_wait(_PACED, _HALF_HOUR)
    return ROWS[1, SENT_BUT_LOST] if subcode == SENT_BUT_LOST else None


def _family(code: int) -> Row | None:
    return next((row for codes, row in FAMILIES if code in codes), None)

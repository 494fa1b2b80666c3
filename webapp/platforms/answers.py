"""What each code of the Graph means for one send: one row per code and subcode, with its source.

Meta's platforms share one space of codes, so there is one table; WhatsApp's own codes stand beside
it in `answers_on_whatsapp`. Sources: ERR = Messenger error
codes, 2026-06-25; GRAPH = Graph error guide; GRATE = Graph rate limiting, v24.0 era; MM = Marketing
Messages reference, 2026-04-24, and changelog; SEEN = reported by others, not documented.
Where sources disagree the reading that sends less was taken, and the row says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from webapp.domain.retry import PersonEffect, WaitScope
from webapp.domain.wording import Sentence, say
from webapp.platforms.answer_row import (
    Codes,
    Row,
    ambiguous,
    content,
    later,
    passing,
    person,
    stop,
)
from webapp.platforms.answers_on_whatsapp import WHATSAPP

BAD_PARAMETER = 100
SENT_BUT_LOST = 1357046  # as a code or a subcode: the messages went out, the answer did not
OTHER = -1  # any subcode the table does not name


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


def may_pass(reason: str) -> bool:
    """Whether who failed for this reason of the ledger (`code` or `code/subcode`) may be asked once
    more. What nobody has described, and what may have been sent, may not."""
    row = row_of(reason)
    return row is not None and row.passes


def row_of(reason: str) -> Row | None:
    """The row of a reason of the ledger, or of the code in a status of WhatsApp."""
    code, _, subcode = reason.partition("/")
    if not code.isdecimal() or (subcode and not subcode.isdecimal()):
        return None
    return row_for(int(code), int(subcode) if subcode else None, "")


def _paid_wait(sentence: Sentence, wait_seconds: float) -> Row:
    return later("MM", sentence, wait_seconds, WaitScope.BROADCAST)


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

GRAPH_WIDE: Mapping[Codes, Row] = {
    # May have been sent: never again without an echo that settles it.
    (1, None): ambiguous("ERR", _UNCLEAR),
    (1, SENT_BUT_LOST): ambiguous("ERR: answer lost although the messages were sent", _UNCLEAR),
    (SENT_BUT_LOST, None): ambiguous("ERR", _UNCLEAR),
    (2, None): ambiguous("ERR: temporary, also seen when the person blocked the page", _UNCLEAR),
    (1200, None): ambiguous("SEEN", _UNCLEAR),
    # Limits: the channel waits.
    (4, None): later("ERR", LIMIT),
    (17, None): later("GRATE", LIMIT),
    (32, None): later("GRATE: Page calls with a user's token", LIMIT),
    (341, None): later("SEEN", LIMIT),
    (613, None): later("ERR", LIMIT),
    (613, 2534040): later("ERR: Instagram", LIMIT),
    # The channel stops until a person mends it.
    (3, None): stop("GRAPH", _PERMISSION),
    (10, None): stop("ERR: without a subcode, no permission", _PERMISSION),
    (102, None): stop("GRAPH", _RECONNECT),
    (190, None): stop("ERR", _RECONNECT),
    (190, 458): stop("GRAPH", say("The app was removed from the page. Connect the page again.")),
    (190, 459): stop(
        "GRAPH",
        say("Facebook asks the person who connected the page to log in and confirm; reconnect."),
    ),
    (190, 460): stop(
        "GRAPH",
        say("The password of the person who connected the page was changed. Reconnect the page."),
    ),
    (190, 463): stop("GRAPH", say("The page's access token has expired. Reconnect the page.")),
    (190, 464): stop(
        "GRAPH",
        say("The account of the person who connected the page is not confirmed. Confirm it first."),
    ),
    (190, 467): stop(
        "GRAPH", say("The person who connected the page has logged out. Reconnect the page.")
    ),
    (368, None): stop(
        "GRAPH",
        say(
            "The platform has blocked the page for a policy violation. Read the page's support "
            "inbox before sending again."
        ),
    ),
}
FOR_ONE_SEND: Mapping[Codes, Row] = {
    (4, 2018354): person("ERR: sent by token before the minimum delay", _TOO_SOON, _NEXT),
    (4, 2018022): later("SEEN: sends to phone numbers, historic", LIMIT),
    (9, 2018352): person("ERR", say("This person was asked to opt in too often.")),
    (10, 2018278): person("ERR", _WINDOW, _CLOSE),
    (10, 2018065): person("ERR: needs news messaging", _WINDOW, _CLOSE),
    (10, 2534022): person("ERR: Instagram", _WINDOW, _CLOSE),
    (10, 2018108): person("ERR", say("This person cannot receive messages now."), _AWAY),
    (10, 1893015): person(
        "ERR",
        say("This person has stopped the notifications of this topic."),
        PersonEffect.STOP_TOPIC,
    ),
    (10, 1404170): later(
        "ERR", say("The page is for now restricted from asking for opt-ins."), _HOUR
    ),
    (10, 1893063): stop(
        "ERR, since 2026-06-25",
        say(
            "The platform has restricted this page from sending. Read the page's support inbox "
            "before sending again."
        ),
    ),
    (10, 2018336): person("ERR", say("This conversation is restricted by the platform.")),
    (10, 2534077): stop(
        "ERR", say("The link between the page and its account needs attention: %(message)s")
    ),
    (10, OTHER): person("ERR: by family", say("The platform refused this person: %(message)s")),
    (BAD_PARAMETER, None): content("ERR; since 2026-04-27 also a removed message tag", _REFUSED),
    (100, 33): person("ERR", _NO_PERSON, _AWAY),
    (100, 2018001): person("ERR", _NO_PERSON, _AWAY),
    (100, 2534014): person("ERR: Instagram", _NO_PERSON, _AWAY),
    (100, 2018008): passing(content("ERR", _ATTACHMENT)),
    (100, 2018047): passing(content("ERR", _ATTACHMENT)),
    (100, 2018074): passing(content("ERR", _ATTACHMENT)),
    (100, 2018109): passing(content("ERR", _ATTACHMENT)),
    (100, 2018294): passing(content("ERR", _ATTACHMENT)),
    (100, 2534013): stop("ERR", say("The page is not linked to the Instagram account; link it.")),
    (100, 2534029): stop("ERR", say("The business is blocked from the Instagram API.")),
    (100, 2534025): person("ERR", say("The comment is too old or was answered already.")),
    (100, 2534037): passing(person("ERR", _OWNER)),
    (100, 2018300): passing(person("ERR", _OWNER)),
    (100, 2018321): passing(person("ERR", _OWNER)),
    (200, None): stop("ERR", _PERMISSION),
    (200, 1545041): person("ERR; the send page calls it a closed window", _GONE, _AWAY),
    (200, 2534041): stop(
        "ERR", say("Access to messages is switched off in the Instagram account; switch it on.")
    ),
    (551, None): person("ERR", _GONE, _AWAY),
    (1545041, None): person("ERR", _GONE, _AWAY),
    (613, 1893016): person("ERR", say("This person was already asked to opt in to this topic.")),
    (613, 2018338): person(
        "ERR",
        say("The platform warns that this person gets too many messages of this kind."),
        _AWAY,
    ),
    (1893047, None): person("MM, since 2026-03-19", _GONE, _AWAY),
    (2022, None): stop(
        "ERR", say("Commerce messages are switched off for this page after a violation.")
    ),
    (10303, None): person("ERR", say("The account-linking token is not valid.")),
    (2018218, None): person("ERR", say("The platform has no profile of this person.")),
    (9000001, None): person("ERR", say("The message was deleted.")),
    (36103, None): stop("ERR", say("The Instagram account may not use the messaging API.")),
}


def _paid(row: Row, *numbers: int) -> dict[Codes, Row]:
    return {(2_300_000 + number, None): row for number in numbers}


# Trouble with one campaign, its budget or its ad account stops that broadcast: standard messages of
# the same channel are none the worse for it.
PAID: Mapping[Codes, Row] = {
    **_paid(content("MM", _CAMPAIGN), 0, 1, 2, 3, 6, 7, 8, 9, 14, 16, 20, 65),
    **_paid(content("MM", _CREATIVE), 10, 18, *range(21, 28), 38, 46, 47, 48, 64, *range(70, 78)),
    **_paid(content("MM", _FUNDS), 11, 13, 15, 17, 19, 53, 54, 56, 58, 59, 66, 67, 69),
    **_paid(content("MM", _PAID_REGION), 30, 31),
    **_paid(content("MM", _PAID_RIGHTS), 39, 40),
    **_paid(person("MM", _BAD_TOKEN, _DROP), 4, 5, 37),
    **_paid(person("MM", say("This person has unsubscribed."), PersonEffect.STOP_TOPIC), 34),
    **_paid(person("MM", say("Paid messages are not offered in this person's region.")), 32),
    **_paid(person("MM", _NOT_NOW, _NEXT), 36, 52),  # also a minimum gap not yet over
    **_paid(person("MM", _TOO_SOON, _NEXT), 35),
    **_paid(person("MM", _CAP, _NEXT), 42, 43, 44),
    **_paid(_paid_wait(_WARM_UP, _HOUR), 12, 28, 33, 41),
    **_paid(_paid_wait(_PACED, _HALF_HOUR), 55, 57, 60, 61, 62, 63, 68),
    **_paid(later("MM", _PAID_RATE, scope=WaitScope.BROADCAST), 78, 79, 80),
}
ROWS: Mapping[Codes, Row] = {**GRAPH_WIDE, **FOR_ONE_SEND, **PAID, **WHATSAPP}

FAMILIES: tuple[tuple[range, Row], ...] = (
    (range(200, 300), stop("GRAPH: permissions", _PERMISSION)),
    (range(80_000, 80_015), later("GRATE: limits by business use case", LIMIT)),
    (range(2_300_000, 2_300_081), content("MM: by family", _CAMPAIGN)),
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
            return person("MM: ended by region on 2026-02-10", _NO_REGION)
        return person("ERR: token invalid or expired", _BAD_TOKEN, _DROP)
    if code in _DISPUTED and _PACING_TEXT.search(message):
        return _paid_wait(_PACED, _HALF_HOUR)
    return ROWS[1, SENT_BUT_LOST] if subcode == SENT_BUT_LOST else None


def _family(code: int) -> Row | None:
    return next((row for codes, row in FAMILIES if code in codes), None)

"""WhatsApp's own codes, in a reply or in the `failed` status that comes later (facts A4).

Sources: WA = Cloud API error codes, 2026-03-10; NOTES = dated engineering notes, 2026-09-26;
PW = the list of a maintained client, 2026-08. Where a code may pass or may not, the reading that
sends less was taken.
"""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.retry import PersonEffect, WaitScope
from webapp.domain.wording import say
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

_MINUTE, _TEN_MINUTES, _HOUR = 60.0, 600.0, 3600.0
_PAIR_SECONDS = 6.0  # one message in six seconds to the same person
_BUSY = say("WhatsApp is not available for a moment; sending goes on by itself.")
_TEMPLATE = say("WhatsApp refused the template or its values: %(message)s")
_REQUEST = say("WhatsApp could not read the message: %(message)s")
_MEDIA = say("WhatsApp could not use the picture or file: %(message)s")
_NUMBER = say("The WhatsApp number is not registered or not ready: %(message)s")
_LOCKED = say(
    "WhatsApp has restricted or locked this account. Read its notices in the WhatsApp manager "
    "before sending again."
)
_QUALITY = say(
    "WhatsApp limits this number because people block or report its messages, or because of how "
    "its templates are classed. Look at it in the WhatsApp manager before sending again."
)
_MARKETING = say("WhatsApp does not take this as a marketing message: %(message)s")


def _rows(row: Row, *codes: int) -> dict[Codes, Row]:
    return {(code, None): row for code in codes}


WHATSAPP: Mapping[Codes, Row] = {
    # May have been sent.
    **_rows(ambiguous("WA: unknown error", say("WhatsApp failed and did not say why.")), 131000),
    # Limits and moments: the channel waits.
    **_rows(later("WA: service unavailable", _BUSY), 131016, 133004),
    **_rows(
        later("WA: throughput", say("WhatsApp's limit of messages a second is reached.")), 130429
    ),
    **_rows(
        later(
            "WA: pair rate",
            say("This person gets too many messages at once."),
            _PAIR_SECONDS,
            WaitScope.PERSON,
        ),
        131056,
    ),
    **_rows(later("WA: maintenance, a minute at most", _BUSY, _MINUTE), 131057, 2494100),
    **_rows(
        later(
            "WA: the template still syncs for the marketing API",
            say("WhatsApp still prepares this template; it is ready in about ten minutes."),
            _TEN_MINUTES,
            WaitScope.BROADCAST,
        ),
        134101,
    ),
    **_rows(
        later(
            "WA: ten an hour",
            say("The template's form is slowed down."),
            _HOUR,
            WaitScope.BROADCAST,
        ),
        132069,
    ),
    # This person, finally.
    **_rows(
        person(
            "WA",
            say("WhatsApp cannot deliver to this person: no account, or a version too old."),
            PersonEffect.UNAVAILABLE,
        ),
        131026,
    ),
    **_rows(
        person(
            "WA",
            say("WhatsApp says that 24 hours have passed since this person last wrote."),
            PersonEffect.CLOSE_WINDOW,
        ),
        131047,
    ),
    **_rows(
        person(
            "WA: the cap per person; US numbers since 2025-04-01",
            say("WhatsApp chose not to deliver: this person has had enough marketing for now."),
            PersonEffect.NEXT_ELIGIBLE,
        ),
        131049,
    ),
    **_rows(
        person(
            "WA",
            say("This person has stopped this business's marketing messages in WhatsApp."),
            PersonEffect.STOP_TOPIC,
        ),
        131050,
    ),
    **_rows(person("WA", say("This person is part of an experiment of WhatsApp.")), 130472),
    **_rows(person("WA", say("A number cannot write to itself.")), 131021),
    **_rows(
        person("WA", say("A test number writes only to the numbers on its list of recipients.")),
        131030,
    ),
    **_rows(person("WA", say("The business has blocked this person.")), 130403),
    **_rows(
        person("WA", say("This number may not write to people in this person's country.")), 130497
    ),
    **_rows(
        person("WA", say("This message needs the person's phone number, which is not known.")),
        131062,
    ),
    # What was said.
    **_rows(content("WA", _REQUEST), 131051, 131008, 131009, 135000),
    **_rows(passing(content("WA", _MEDIA)), 131052, 131053),
    **_rows(content("WA", _TEMPLATE), 132000, 132001, 132005, 132007, 132008, 132012, 132068),
    **_rows(
        content(
            "WA: also a held message that was dropped",
            say("WhatsApp has paused this template for its low quality. Mend or replace it."),
        ),
        132015,
    ),
    **_rows(
        content("WA", say("WhatsApp has disabled this template for good. Make another one.")),
        132016,
    ),
    **_rows(content("WA", _MARKETING), 131055, 134100, 134102, 1752041),
    **_rows(
        content(
            "NOTES",
            say("Marketing by this way is switched off for this WhatsApp account: %(message)s"),
        ),
        131063,
    ),
    # The channel, until a person mends it.
    **_rows(
        stop("WA", say("The number's access token or its rights no longer work. Reconnect it.")),
        0,
        131005,
    ),
    **_rows(stop("WA", _QUALITY), 131048),
    **_rows(stop("PW, 2026-08: templates classed wrongly", _QUALITY), 131064),
    **_rows(stop("WA", _LOCKED), 131031),
    **_rows(
        stop(
            "WA",
            say(
                "WhatsApp asks for a payment method or a paid bill. Mend it in the billing centre."
            ),
        ),
        131042,
    ),
    **_rows(stop("WA: the number is deleted or the request wrong", _NUMBER), 33),
    **_rows(stop("WA: the display name is not approved", _NUMBER), 131037),
    **_rows(
        stop("WA: registration", _NUMBER),
        133010,
        131045,
        133000,
        133005,
        133006,
        133008,
        133009,
        133015,
        133016,
    ),
}

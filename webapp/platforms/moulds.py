"""The JSON of messages that all say the same: made once, with gaps for the person and our key.

What fills a gap is put there as JSON would put it, so the bytes are those of `graph_api.encoded`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace

from webapp.platforms import graph_api
from webapp.platforms.protocol import Outgoing

Payload = Callable[[Outgoing], Mapping[str, object]]
DIGITS = 30
# No text of a person holds these by chance, nor can they be known before the process runs.
KEY_GAP = f"key-{secrets.token_hex(16)}"
WORD_GAP = f"person-{secrets.token_hex(16)}"
NUMBER_GAP = str(secrets.randbelow(9 * 10**DIGITS) + 10**DIGITS)  # some payloads ask for digits


def body(payload: Payload, outgoing: Outgoing) -> bytes:
    """The message's JSON; `payload` makes the value of it. ValueError as from there."""
    if outgoing.alike is None:
        return graph_api.encoded(payload(outgoing))
    person = outgoing.recipient.value
    form = (payload, outgoing.route, outgoing.recipient.kind, person.isdigit())
    pieces = outgoing.alike.moulds.get(form)
    if pieces is None:
        pieces = outgoing.alike.moulds[form] = _made(payload, outgoing)
    if not pieces:
        return graph_api.encoded(payload(outgoing))
    before, between, after = pieces
    return b"".join((before, _text(person), between, _text(outgoing.key), after))


def _made(payload: Payload, outgoing: Outgoing) -> tuple[bytes, ...]:
    """What stands before, between and after the gaps; nothing where they are not just two, the
    person's first."""
    person = NUMBER_GAP if outgoing.recipient.value.isdigit() else WORD_GAP
    to = replace(outgoing.recipient, value=person)
    whole = graph_api.encoded(payload(replace(outgoing, recipient=to, key=KEY_GAP)))
    before, _, rest = whole.partition(person.encode())
    between, found, after = rest.partition(KEY_GAP.encode())
    once = all(whole.count(gap.encode()) == 1 for gap in (person, KEY_GAP))
    return (before, between, after) if found and once else ()


def _text(value: str) -> bytes:
    return graph_api.JSON.encode(value)[1:-1].encode("utf-8", "replace")

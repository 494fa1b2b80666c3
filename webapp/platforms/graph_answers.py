"""What a reply of the Graph means: accepted, or one of the ways it was not, or nobody can know."""

from __future__ import annotations

from dataclasses import replace

from webapp.domain.retry import (
    Accepted,
    Ambiguous,
    Answer,
    ContentWrong,
    RefusedLater,
    RefusedPerson,
    StopChannel,
)
from webapp.domain.wording import Sentence, say
from webapp.platforms import answers, graph_api
from webapp.platforms import webhook_values as values
from webapp.platforms.answer_row import Meaning, Row
from webapp.platforms.graph_api import GraphError
from webapp.platforms.wire import Reply, TransportError

MESSAGE_LIMIT = 300  # characters of the platform's own text we repeat
TOO_MANY_REQUESTS = 429
# A gateway gave up waiting for the platform behind it, which may have gone on with the request.
GIVEN_UP = frozenset({408, 499})
OK, MULTIPLE_CHOICES, BAD_REQUEST, SERVER_ERROR = 200, 300, 400, 500

_UNREAD = say("The platform's answer could not be read, so nobody knows if it took the message.")
_NOT_SENT = {
    TransportError.NAME: say("The platform's address was not found; nothing was sent."),
    TransportError.REFUSED: say("The platform could not be reached; nothing was sent."),
    TransportError.TLS: say("No safe connection to the platform could be made; nothing was sent."),
    TransportError.TIMEOUT: say("The platform could not be reached in time; nothing was sent."),
    TransportError.BROKEN: say("The connection failed before anything was sent."),
}
_MAYBE_SENT = {
    TransportError.TIMEOUT: say("The platform did not answer in time; it may have the message."),
}
_CUT = say("The connection broke before the answer came; the platform may have the message.")


def answer(reply: Reply, accepted: Accepted | None) -> Answer:
    """`accepted` is what the platform's own reader found in the body, if it found a message id."""
    if reply.error is not None:
        return _no_reply(reply, reply.error)
    error = graph_api.error_of(reply)
    if error is not None:
        return _refused(reply, error)
    if accepted is not None and OK <= reply.status < MULTIPLE_CHOICES:
        return accepted
    return _not_the_graph(reply)


def message_taken(reply: Reply) -> Accepted | None:
    """Of the Send API. A 200 without a message id is no acceptance; one official sample nests both
    ids."""
    body = graph_api.body_of(reply) or {}
    nested = body.get("recipient")
    for place in (body, nested if isinstance(nested, dict) else {}):
        message_id = values.text(place.get("message_id"), values.ID_LIMIT)
        if message_id is not None:
            recipient = place.get("recipient_id") or place.get("id")
            return Accepted(message_id, values.identity(recipient, values.PARTY_LIMIT))
    return None


def told(sentence: Sentence, message: str) -> Sentence:
    """A row's sentence, with the platform's own words where it has a place for them."""
    if "%(message)s" not in sentence.text:
        return sentence
    return replace(sentence, params={"message": message[:MESSAGE_LIMIT]})


def _no_reply(reply: Reply, error: TransportError) -> Answer:
    if not reply.sent_first_byte:
        return RefusedLater(None, None, None, _NOT_SENT[error])
    return Ambiguous(None, None, _MAYBE_SENT.get(error, _CUT))


def _not_the_graph(reply: Reply) -> Answer:
    """A reply without the Graph's error: 429 and plain refusals wait, all else is unclear."""
    if reply.status == TOO_MANY_REQUESTS:
        sentence = say("The platform asks us to slow down.")
        return RefusedLater(None, None, graph_api.asked_wait(reply, None), sentence)
    refused = MULTIPLE_CHOICES <= reply.status < SERVER_ERROR and reply.status not in GIVEN_UP
    if not refused:
        return Ambiguous(None, None, _UNREAD)
    sentence = say(
        "Something between us and the platform answered %(status)s; check the Graph address.",
        status=reply.status,
    )
    wait = graph_api.asked_wait(reply, None)
    return RefusedLater(None, None, wait, sentence, perhaps_alone=True)


def _refused(reply: Reply, error: GraphError) -> Answer:
    row = answers.row_for(error.code, error.subcode, error.message)
    if row is None:
        return _unknown_code(reply, error)
    sentence = told(row.sentence, error.message)
    match row.meaning:
        case Meaning.LATER:
            return _later(reply, error, replace(row, sentence=sentence))
        case Meaning.PERSON:
            return RefusedPerson(error.code, error.subcode, sentence, row.effect)
        case Meaning.STOP:
            return StopChannel(error.code, error.subcode, sentence)
        case Meaning.CONTENT:
            return ContentWrong(error.code, error.subcode, sentence)
        case Meaning.AMBIGUOUS:
            return Ambiguous(error.code, error.subcode, sentence)


def _later(reply: Reply, error: GraphError, row: Row) -> RefusedLater:
    wait = graph_api.asked_wait(reply, error) or row.wait_seconds
    return RefusedLater(error.code, error.subcode, wait, row.sentence, row.scope)


def _unknown_code(reply: Reply, error: GraphError) -> Answer:
    """A code nobody described: called unknown, the only state that is true whatever it meant."""
    if reply.status == TOO_MANY_REQUESTS:
        wait = graph_api.asked_wait(reply, error)
        return RefusedLater(error.code, error.subcode, wait, answers.LIMIT)
    sentence = say(
        "The platform answered with a code we do not know (%(code)s): %(message)s",
        code=str(error.code),  # a name, not a count
        message=error.message[:MESSAGE_LIMIT],
    )
    return Ambiguous(error.code, error.subcode, sentence)

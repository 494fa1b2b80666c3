"""Many subscribers at once: a line of JSON each, written in chunks as they are read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from webapp.api import bodies, people, people_rows, problems
from webapp.api.calls import Call
from webapp.api.routes import NDJSON, Table
from webapp.api.schemas.people import Bulk, BulkError, BulkQuery, Person
from webapp.domain.errors import Invalid
from webapp.domain.import_row import Row
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence, say
from webapp.services import subscribers as keeping
from webapp.services import upserting
from webapp.store import attributes, channels

table = Table("subscribers")
CHUNK = 2_000  # people a transaction
PAUSE_S = 0.002  # between two, so that other writers get their turn
LONGEST_LINE = 64 * 1024  # bytes
MOST_ERRORS = 1_000
MOST_TOPICS = 100  # titles in the answer
TOO_LONG = say("This line is longer than %(most)s bytes.", most=LONGEST_LINE)
Chunk = tuple[int, str]  # channel, wording: what one transaction has in common


@dataclass
class Work:
    """Rows that wait to be written, and what became of the ones before."""

    call: Call
    channel_id: int | None
    known: dict[str, AttributeType]
    channels: set[int | None]
    result: Bulk = field(default_factory=Bulk)
    waiting: dict[Chunk, dict[str, Row]] = field(default_factory=dict)

    def take(self, number: int, line: bytes) -> None:
        """Read one line; what is wrong with it is kept, and the others go on."""
        self.result.lines += 1
        try:
            person = bodies.read(Person, _object(line))
            row = people_rows.row_of(person, self.known, self.call.now, number)
            self._put(self._channel(person), person.wording, row)
        except Invalid as invalid:
            for name, sentences in invalid.errors.items():
                self._refuse(number, name, sentences[0])
            self.result.refused += 1
        except problems.Unreadable as unreadable:
            self._refuse(number, "", unreadable.sentence)
            self.result.refused += 1

    def write_all(self) -> None:
        for chunk in list(self.waiting):
            self._write(chunk)

    def _put(self, channel_id: int, wording: str, row: Row) -> None:
        chunk = (channel_id, wording)
        if row.key in self.waiting.get(chunk, {}):
            self._write(chunk)  # the same person twice: in the order of the lines
        self.waiting.setdefault(chunk, {})[row.key] = row
        if sum(map(len, self.waiting.values())) >= CHUNK:
            self.write_all()

    def _channel(self, person: Person) -> int:
        found = person.channel_id or self.channel_id
        if found is None:
            found = self.channel_id = people.only_channel(self.call)
        if found not in self.channels:
            raise Invalid({"channel_id": [say("There is no such channel here.")]})
        return found

    def _write(self, chunk: Chunk) -> None:
        rows = list(self.waiting.pop(chunk).values())
        call, (channel_id, wording) = self.call, chunk
        changes, made = keeping.upsert_many(
            call.session, call.actor, call.house.vault, channel_id, rows, call.now,
            wording=wording, evidence=call.evidence,
        )  # fmt: skip
        self.result.topics_made += len(made)
        self.result.topics += made[: MOST_TOPICS - len(self.result.topics)]
        for outcome, people_ in upserting.tally(changes).items():
            setattr(self.result, outcome, getattr(self.result, outcome) + people_)
        for change in changes:
            for sentence in (change.refusal, *change.remarks):
                if sentence is not None:
                    self._refuse(change.row.line, "key" if change.refusal else "topics", sentence)
        call.session.expunge_all()
        time.sleep(PAUSE_S)

    def _refuse(self, line: int, name: str, reason: Sentence) -> None:
        if len(self.result.errors) < MOST_ERRORS:
            self.result.errors.append(BulkError(line=line, field=name, reason=str(reason)))
        else:
            self.result.left_out += 1


@table.post("/subscribers/bulk", "subscriber.edit", answers=Bulk, query=BulkQuery, takes=NDJSON)
def bulk(call: Call, query: BulkQuery) -> Bulk:
    """Add or update many people: one JSON object a line, as for one. Lines that cannot be used
    are named; the others are written."""
    if query.channel_id is not None:
        channels.get(call.session, query.channel_id)
    mine = {row.id for row in channels.page(call.session)}
    work = Work(call, query.channel_id, attributes.types(call.session), mine)
    call.session.rollback()  # no lock is held while lines are read
    for number, line in _lines(call):
        work.take(number, line)
    work.write_all()
    return work.result


def _lines(call: Call) -> Iterator[tuple[int, bytes]]:
    """Lines that say something, with their numbers; one that is too long comes cut."""
    number = 0
    while call.upload is not None and (line := call.upload.readline(LONGEST_LINE + 1)):
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := call.upload.readline(LONGEST_LINE)):
            pass
        if line.strip():
            yield number, line


def _object(line: bytes) -> dict[str, object]:
    if len(line.rstrip()) > LONGEST_LINE:
        raise problems.Unreadable(TOO_LONG)
    found = bodies.parsed(line)
    if not isinstance(found, dict):
        raise problems.Unreadable(bodies.NO_OBJECT)
    return found

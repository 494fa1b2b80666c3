"""Many subscribers at once: a line of JSON each, written some thousand at a time."""

from __future__ import annotations

import codecs
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from webapp import db as database
from webapp.api import people
from webapp.api.calls import Call
from webapp.api.people_lines import LONGEST_LINE, Block, Line, Reader, Told
from webapp.api.routes import NDJSON, Table
from webapp.api.schemas.people import Bulk, BulkError, BulkQuery
from webapp.domain.errors import Invalid
from webapp.domain.import_row import Row
from webapp.domain.wording import Sentence
from webapp.services import loading, steps
from webapp.services.loading import Portion
from webapp.store import attributes, channels

table = Table("subscribers")
MOST_BYTES = 2 * 1024 * 1024  # of lines that are read before they are written
MOST_ERRORS = 1_000
MOST_TOPICS = 100  # titles in the answer
Shared = tuple[int, str]  # channel, wording: what one transaction has in common


@dataclass
class Work:
    """Lines that were read are written, and what became of them is counted."""

    call: Call
    session: Session
    result: Bulk = field(default_factory=Bulk)

    def write(self, block: Block) -> None:
        """In the order of the lines: of a person named twice the later one comes last."""
        self.result.lines += len(block.told) + len(block.wrong)
        for wrong in block.wrong:
            self.result.refused += 1
            for name, reason in wrong.errors.items():
                self._tell(wrong.line, name, reason)
        waiting: dict[Shared, list[Told]] = {}
        named: set[tuple[int, str]] = set()
        for told in block.told:
            person = (told.channel_id, told.key)
            if person in named:
                self._write_all(block, waiting)
                waiting, named = {}, set()
            named.add(person)
            waiting.setdefault((told.channel_id, told.wording), []).append(told)
        self._write_all(block, waiting)

    def _write_all(self, block: Block, waiting: dict[Shared, list[Told]]) -> None:
        for shared, told in waiting.items():
            self._write(block, shared, told)

    def _write(self, block: Block, shared: Shared, told: Sequence[Told]) -> None:
        call, (channel_id, wording) = self.call, shared
        people_ = [it.person for it in told]
        rows = [it for it in people_ if isinstance(it, Row)]
        records = [it for it in people_ if not isinstance(it, Row)]
        found = loading.load(
            self.session, call.actor, call.house.vault,
            Portion(channel_id, block.types, records, rows), call.now,
            wording=wording, evidence=call.evidence,
        )  # fmt: skip
        self.result.topics_made += len(found.made)
        self.result.topics += found.made[: MOST_TOPICS - len(self.result.topics)]
        for outcome, many in found.counts.items():
            setattr(self.result, outcome, getattr(self.result, outcome) + many)
        for change in found.changes:
            for sentence in (change.refusal, *change.remarks):
                if sentence is not None:
                    self._tell(change.row.line, "key" if change.refusal else "topics", sentence)
        self.session.expunge_all()
        database.give_way(self.session, steps.BREATH_S)

    def _tell(self, line: int, name: str, reason: Sentence) -> None:
        if len(self.result.errors) < MOST_ERRORS:
            self.result.errors.append(BulkError(line=line, field=name, reason=str(reason)))
        else:
            self.result.left_out += 1


@table.post("/subscribers/bulk", "subscriber.edit", answers=Bulk, query=BulkQuery, takes=NDJSON)
def bulk(call: Call, query: BulkQuery) -> Bulk:
    """Add or update many people: one JSON object a line, as for one. Lines that cannot be used
    are named; the others are written."""
    reader = _reader(call, query.channel_id)
    call.session.rollback()  # no lock is held while lines are read
    lines, size = _lines(call), steps.FIRST
    with call.house.db.bulk_writer(call.brand_id, durable=True) as session:
        work = Work(call, session)
        while portion := _portion(lines, size):
            block = reader.read(portion)
            begun = time.monotonic()
            work.write(block)
            size = steps.next_size(len(portion), time.monotonic() - begun)
    work.result.errors.sort(key=lambda it: it.line)
    return work.result


def _reader(call: Call, channel_id: int | None) -> Reader:
    """Raises NotFound for a channel of nobody or of another brand."""
    if channel_id is not None:
        channels.get(call.session, channel_id)
    mine = {row.id or 0 for row in channels.page(call.session)}
    return Reader(attributes.types(call.session), mine, channel_id or _only_channel(call), call.now)


def _only_channel(call: Call) -> int | Invalid:
    try:
        return people.only_channel(call)
    except Invalid as invalid:
        return invalid


def _portion(lines: Iterator[Line], most: int) -> list[Line]:
    """The next so many lines, or fewer long ones."""
    found: list[Line] = []
    size = 0
    while len(found) < most and size < MOST_BYTES and (line := next(lines, None)):
        found.append(line)
        size += len(line[1])
    return found


def _lines(call: Call) -> Iterator[Line]:
    """Lines that say something, with their numbers; one that is too long comes cut."""
    number = 0
    while call.upload is not None and (line := call.upload.readline(LONGEST_LINE + 1)):
        number += 1
        line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        rest = line
        while not rest.endswith(b"\n") and (rest := call.upload.readline(LONGEST_LINE)):
            pass
        if line.strip():
            yield number, line

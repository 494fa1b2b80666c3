"""Files of people on their way in: where each stands, paused, gone on with, undone."""

from __future__ import annotations

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import LARGEST_NUMBER, Page, PageQuery
from webapp.api.schemas.imports import Import, Reading, RefusedLine, Undone
from webapp.domain import remark
from webapp.domain.errors import Invalid
from webapp.models.import_job import ImportJob
from webapp.services import import_rereading, import_threads, import_undo, importing
from webapp.store import imports

table = Table("imports")


@table.get("/imports", "import.run", answers=Page[Import], query=PageQuery)
def index(call: Call, query: PageQuery) -> Page[Import]:
    """The newest hundred files, the newest first."""
    rows, cursor = cursors.of_all(
        imports.all_of(call.session), query, lambda row: row.id or 0, newest_first=True
    )
    return Page(items=[_shown(row) for row in rows], next_cursor=cursor)


@table.post("/channels/{channel_id}/conversations", "import.run", answers=Import, status=201)
def fetch(call: Call, channel_id: int) -> Import:
    """Fetch the conversations a Facebook Page has already. What is fetched is checked like a file
    and waits for a person to import it."""
    instance = call.house.settings.instance
    return _shown(import_threads.begin(call.session, call.actor, instance, channel_id, call.now))


@table.get("/imports/{import_id}", "import.run", answers=Import)
def show(call: Call, import_id: int) -> Import:
    """One file: its state, how far it is and what came of it."""
    return _shown(importing.found(call.session, import_id))


@table.get("/imports/{import_id}/errors", "import.run", answers=Page[RefusedLine], query=PageQuery)
def errors(call: Call, import_id: int, query: PageQuery) -> Page[RefusedLine]:
    """The lines that could not be used, each with its reason."""
    importing.found(call.session, import_id)
    key = cursors.read(query.cursor, 2)
    after = imports.BEGINNING if key is None else _place(key)
    lines = imports.lines(call.session, import_id, note=False, after=after, limit=query.limit + 1)
    rows, cursor = cursors.cut(lines, query.limit, imports.place)
    items = [
        RefusedLine(
            id=row.id or 0,
            line=row.line,
            column=row.column,
            value=row.value,
            reason=str(remark.from_json(row.reason) or ""),
        )
        for row in rows
    ]
    return Page(items=items, next_cursor=cursor)


@table.put("/imports/{import_id}/reading", "import.run", answers=Import, body=Reading)
def reread(call: Call, import_id: int, body: Reading) -> Import:
    """Read the file in another encoding or with another separator than was guessed. Its columns
    are guessed anew. What the file contradicts is refused."""
    return _shown(
        import_rereading.reread(
            call.session, call.actor, call.house.settings.instance, import_id,
            body.encoding, body.delimiter, call.now,
        )
    )  # fmt: skip


@table.post("/imports/{import_id}/pause", "import.run", answers=Import)
def pause(call: Call, import_id: int) -> Import:
    """What is written stays; the rest waits until it is gone on with."""
    return _shown(importing.pause(call.session, call.actor, import_id, call.now))


@table.delete("/imports/{import_id}/pause", "import.run", answers=Import)
def resume(call: Call, import_id: int) -> Import:
    """Go on with a paused import where it was."""
    return _shown(importing.resume(call.session, call.actor, import_id, call.now))


@table.post("/imports/{import_id}/undo", "import.run", answers=Import)
def undo(call: Call, import_id: int) -> Import:
    """Take back what the import brought, as far as nobody has gone on from it since. The answer
    comes at once; `undone` counts while the clock process works on it."""
    return _shown(importing.undo(call.session, call.actor, import_id, call.now))


def _place(key: cursors.Key) -> imports.Place:
    line, row = key
    if not (isinstance(line, int) and isinstance(row, int) and abs(line) <= LARGEST_NUMBER):
        raise Invalid({"cursor": [cursors.NO_CURSOR]})
    return line, row


def _shown(row: ImportJob) -> Import:
    shown = Import.model_validate(row)
    if row.state in ("undoing", "undone"):
        shown.undone = Undone.model_validate(import_undo.told(row))
    return shown

"""Files of subscribers on their way in: chosen, mapped, checked, run, and what became of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from flask import Blueprint, Response, request, stream_with_context, url_for

from webapp.domain import errors, import_encoding, remark
from webapp.domain.errors import Invalid
from webapp.domain.wording import Sentence, say
from webapp.forms import imports as forms
from webapp.forms import places, reading
from webapp.models.import_job import ImportJob
from webapp.services import import_rereading, import_threads, import_undo, importing, upserting
from webapp.store import attributes, channels, imports
from webapp.views import access, htmx, notices

LINES = 100  # refused lines shown; the file has them all

blueprint = Blueprint("imports", __name__, url_prefix="/b/<brand_slug>/imports")


@blueprint.get("/")
@access.brand_screen("import.run")
def index() -> Response:
    return _list({})


@blueprint.post("/")
@access.brand_screen("import.run")
def upload() -> Response:
    asking = access.current()
    try:
        channel_id = reading.read(forms.UploadForm, request.form).channel
        job = _uploaded(channel_id)
    except Invalid as refused:
        return _list(refused.errors, status=htmx.UNPROCESSABLE)
    except errors.Refused as refused:
        asking.session.rollback()
        return _list({"file": [refused.sentence]}, status=htmx.UNPROCESSABLE)
    return htmx.redirect(url_for(".show", import_id=job.id))


@blueprint.post("/conversations")
@access.brand_screen("import.run")
def fetch() -> Response:
    """Bring in the threads a channel has already."""
    asking = access.current()
    channel_id = reading.read(forms.UploadForm, request.form).channel
    try:
        job = import_threads.begin(
            asking.session, asking.actor, asking.house.settings.instance, channel_id, asking.now
        )
    except (errors.Conflict, errors.Refused) as refused:
        notices.tell(refused.sentence, "bad")
        return htmx.redirect(url_for(".index"))
    return htmx.redirect(url_for(".show", import_id=job.id))


@blueprint.get("/<int:import_id>/")
@access.brand_screen("import.run")
def show(import_id: int) -> Response:
    """Where it stands; the columns first while they are not agreed on."""
    job = importing.found(access.current().session, import_id)
    if job.state == "uploaded":
        return _columns(job, {})
    return _progress(job)


@blueprint.get("/<int:import_id>/mapping")
@access.brand_screen("import.run")
def edit(import_id: int) -> Response:
    return _columns(importing.found(access.current().session, import_id), {})


@blueprint.post("/<int:import_id>/mapping")
@access.brand_screen("import.run")
def update(import_id: int) -> Response:
    asking = access.current()
    job = importing.found(asking.session, import_id)
    instance = asking.house.settings.instance
    layout = importing.proposal(asking.session, instance, job).layout
    known = attributes.types(asking.session)
    try:
        options = reading.read(forms.OptionsForm, request.form).options()
        mapping = forms.mapping(request.form, layout.columns, known)
        importing.map_columns(
            asking.session, asking.actor, instance, import_id, mapping, options, asking.now
        )
    except Invalid as refused:
        return _columns(job, _by_field(refused.errors, layout.columns), htmx.UNPROCESSABLE)
    return htmx.redirect(url_for(".show", import_id=import_id))


@blueprint.post("/<int:import_id>/reading")
@access.brand_screen("import.run")
def reread(import_id: int) -> Response:
    """Read the file in another way than was guessed."""
    asking = access.current()
    given = reading.read(forms.ReadingForm, request.form)
    try:
        import_rereading.reread(
            asking.session, asking.actor, asking.house.settings.instance, import_id,
            given.encoding, given.mark, asking.now,
        )  # fmt: skip
    except Invalid as refused:
        job = importing.found(asking.session, import_id)
        return _columns(job, refused.errors, htmx.UNPROCESSABLE)
    return htmx.redirect(url_for(".edit", import_id=import_id))


@blueprint.post("/<int:import_id>/run")
@access.brand_screen("import.run")
def run(import_id: int) -> Response:
    asking = access.current()
    importing.start(asking.session, asking.actor, import_id, asking.now)
    return htmx.redirect(url_for(".show", import_id=import_id))


@blueprint.post("/<int:import_id>/pause")
@access.brand_screen("import.run")
def pause(import_id: int) -> Response:
    asking = access.current()
    importing.pause(asking.session, asking.actor, import_id, asking.now)
    return htmx.redirect(url_for(".show", import_id=import_id))


@blueprint.post("/<int:import_id>/undo")
@access.brand_screen("import.run")
def undo(import_id: int) -> Response:
    asking = access.current()
    importing.undo(asking.session, asking.actor, import_id, asking.now)
    return htmx.redirect(url_for(".show", import_id=import_id))


@blueprint.post("/<int:import_id>/discard")
@access.brand_screen("import.run")
def discard(import_id: int) -> Response:
    """Throw away a file that was never imported."""
    asking = access.current()
    importing.discard(
        asking.session, asking.actor, asking.house.settings.instance, import_id, asking.now
    )
    return htmx.redirect(url_for(".index"))


@blueprint.get("/<int:import_id>/refused.csv")
@access.brand_screen("import.run")
def refused(import_id: int) -> Response:
    """The lines that could not be used, to be mended and imported again."""
    asking = access.current()
    job = importing.found(asking.session, import_id)
    rows = importing.refused_rows(asking.session, asking.house.settings.instance, job)
    answer = Response(stream_with_context(_csv(rows, job.delimiter)), mimetype="text/csv")
    name = f"import-{import_id}-refused.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _uploaded(channel_id: int) -> ImportJob:
    asking = access.current()
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid({"file": [say("Choose a file.")]})
    return importing.upload(
        asking.session,
        asking.actor,
        asking.house.settings.instance,
        channel_id,
        file.filename,
        file.stream,  # type: ignore[arg-type]
        asking.now,
    )


def _list(found: Mapping[str, Sequence[Sentence]], status: int = 200) -> Response:
    session = access.current().session
    return htmx.render(
        "imports/index.html",
        status=status,
        imports=imports.all_of(session),
        channels=[(row.id, row.name) for row in channels.page(session)],
        errors=found,
        given=request.form,
    )


def _columns(
    job: ImportJob, found: Mapping[str, Sequence[Sentence]], status: int = 200
) -> Response:
    asking = access.current()
    proposal = importing.proposal(asking.session, asking.house.settings.instance, job)
    known = attributes.types(asking.session)
    columns = [
        (n, column, _samples(proposal.layout.samples, n), proposal.mapping[column])
        for n, column in enumerate(proposal.layout.columns)
    ]
    return htmx.render(
        "imports/columns.html",
        "form",
        status=status,
        job=job,
        channel=channels.get(asking.session, job.channel_id),
        columns=columns,
        forms=forms,
        known=known,
        labels=attributes.labels(asking.session),
        options=proposal.options,
        like=proposal.like,
        proof=proposal.proof,
        encoding=request.form.get("encoding", import_encoding.chosen(job.encoding)),
        delimiter=request.form.get("delimiter", forms.separator(job.delimiter)),
        zones=[(zone, zone.replace("_", " ")) for zone in places.zones()],
        errors=found,
        given=request.form,
    )


def _progress(job: ImportJob) -> Response:
    session = access.current().session
    lines = imports.lines(session, job.id or 0, note=False, limit=LINES)
    return htmx.render(
        "imports/show.html",
        "live",
        job=job,
        channel=channels.get(session, job.channel_id),
        refused=[(row, remark.from_json(row.reason)) for row in lines],
        reasons=imports.reasons(session, job.id or 0, note=True),
        trouble=import_threads.told(job),
        doubled=job.options.get("doubled") or 0,
        left_stopped=imports.remarked(session, job.id or 0, upserting.STOPPED),
        undone=import_undo.told(job),
        stayed=import_undo.STAYED,
        brought=imports.any_brought(session, job.id or 0),
    )


def _samples(rows: Sequence[Sequence[str]], n: int) -> list[str]:
    found = (row[n].strip()[:60] for row in rows if n < len(row) and row[n].strip())
    return list(dict.fromkeys(found))[:3]


def _by_field(
    found: Mapping[str, Sequence[Sentence]], columns: Sequence[str]
) -> dict[str, Sequence[Sentence]]:
    """Errors by column, as the form's controls are named."""
    names = {column: f"to.{n}" for n, column in enumerate(columns)}
    return {names.get(name, name): sentences for name, sentences in found.items()}


def _csv(rows: Iterable[list[str]], delimiter: str) -> Iterator[str]:
    yield "\ufeff"  # so that spreadsheets read it as UTF-8
    for row in rows:
        line = io.StringIO()
        csv.writer(line, delimiter=delimiter).writerow(row)
        yield line.getvalue()

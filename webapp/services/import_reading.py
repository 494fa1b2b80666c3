"""An import's file, read row by row in chunks, the way its people agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from webapp.domain import import_columns, import_file
from webapp.domain.import_cells import Options
from webapp.domain.import_columns import Target
from webapp.domain.import_file import Layout, Note, Row, RowError
from webapp.domain.subscriber import AttributeValue as Value
from webapp.models.import_job import ImportJob
from webapp.services import import_files

CHUNK = 1_000  # rows a transaction, so that other writers wait a tenth of a second at most
LATER = datetime(9000, 1, 1, tzinfo=UTC)
Found = Row | RowError | Note


@dataclass(frozen=True)
class Reading:
    """A job's file and how it is read: values that outlive the session that read the job."""

    job_id: int
    brand_id: int
    path: Path
    layout: Layout
    mapping: Mapping[str, Target]
    options: Options
    more: Mapping[str, Any]

    @classmethod
    def of(cls, instance: Path, job: ImportJob) -> Reading:
        layout = import_files.layout_of(instance, job.path, job.encoding)
        return cls(
            job_id=job.id or 0,
            brand_id=job.brand_id,
            path=instance / job.path,
            layout=layout,
            mapping=import_columns.parse(job.mapping, layout.columns),
            options=Options.parse(job.options),
            more=dict(job.options),
        )

    def chunks(self, now: datetime, after_line: int = 0) -> Iterator[list[Found]]:
        """Rows in chunks; a note stays with the row it precedes."""
        end = LATER if self.more.get("shift_times") else now
        with self.path.open(encoding=self.layout.encoding, newline="", errors="replace") as lines:
            chunk: list[Found] = []
            for found in import_file.read_rows(
                lines, self.layout, self.mapping, self.options, end, after_line
            ):
                chunk.append(self._shifted(found))
                if len(chunk) >= CHUNK and not isinstance(found, Note):
                    yield chunk
                    chunk = []
        if chunk:
            yield chunk

    def _shifted(self, found: Found) -> Found:
        seconds = self.more.get("shift_seconds")
        if not seconds or not isinstance(found, Row):
            return found
        by = timedelta(seconds=float(seconds))
        return replace(
            found,
            first_seen_at=found.first_seen_at and found.first_seen_at + by,
            last_inbound_at=found.last_inbound_at and found.last_inbound_at + by,
            opted_in_at=found.opted_in_at and found.opted_in_at + by,
            attributes={name: _moved(value, by) for name, value in found.attributes.items()},
        )


def _moved(value: Value, by: timedelta) -> Value:
    return value + by if isinstance(value, datetime) else value

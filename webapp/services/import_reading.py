"""An import's file, read row by row the way its people agreed on, and its rows staged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from webapp.domain import import_columns, import_file, import_row
from webapp.domain.import_block import Block
from webapp.domain.import_cells import Options
from webapp.domain.import_columns import Target
from webapp.domain.import_file import Layout
from webapp.domain.import_row import RECORD, Record, Row
from webapp.domain.subscriber import AttributeType
from webapp.domain.subscriber import AttributeValue as Value
from webapp.models.import_job import ImportJob
from webapp.services import import_files, import_staging
from webapp.services.import_staging import Staging

CHUNK = 2_000  # lines between two looks at the job
LATER = datetime(9000, 1, 1, tzinfo=UTC)


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
        layout = import_files.layout_of(instance, job.path, job.encoding, job.delimiter)
        return cls(
            job_id=job.id or 0,
            brand_id=job.brand_id,
            path=instance / job.path,
            layout=layout,
            mapping=import_columns.parse(job.mapping, layout.columns),
            options=Options.parse(job.options),
            more=dict(job.options),
        )

    @property
    def key_column(self) -> str:
        return next((name for name, target in self.mapping.items() if target.to == "psid"), "")

    def blocks(self, now: datetime) -> Iterator[Block]:
        """The file's lines, so many at a time."""
        end = LATER if self.more.get("shift_times") else now
        with self.path.open(encoding=self.layout.encoding, newline="", errors="replace") as text:
            yield from import_file.blocks(
                text, self.layout, self.mapping, self.options, end, most=CHUNK
            )

    @cached_property
    def types(self) -> Mapping[str, AttributeType]:
        """The file's attributes, in the order in which records have them."""
        return import_columns.own_types(self.mapping)

    @cached_property
    def named(self) -> Sequence[str]:
        """What the file has of a record, in the order of its columns."""
        targets = {target.to for target in self.mapping.values()}
        return ["line", "key", *(name for name in RECORD if name in targets)]

    @contextmanager
    def staging(self) -> Iterator[Staging]:
        """An empty one, in the place of what was there."""
        with import_staging.fresh(self.path, self.named, len(self.types)) as staged:
            yield staged

    def stage(self, now: datetime) -> None:
        """All rows once more, in the place of a staging that was lost. `now` as at the check."""
        with self.staging() as staged:
            for block in self.blocks(now):
                staged.add(block.rows(self.named, self.types))
            for _ in staged.doubles():
                pass
            staged.order()

    def row(self, record: Record) -> Row:
        """With its times moved, where a practice channel asks for that."""
        return self._shifted(import_row.of_record(record, self.types))

    @property
    def shifts(self) -> bool:
        return bool(self.more.get("shift_seconds"))

    def _shifted(self, row: Row) -> Row:
        seconds = self.more.get("shift_seconds")
        if not seconds:
            return row
        by = timedelta(seconds=float(seconds))
        return replace(
            row,
            first_seen_at=row.first_seen_at and row.first_seen_at + by,
            last_inbound_at=row.last_inbound_at and row.last_inbound_at + by,
            opted_in_at=row.opted_in_at and row.opted_in_at + by,
            attributes={name: _moved(value, by) for name, value in row.attributes.items()},
        )


def _moved(value: Value, by: timedelta) -> Value:
    return value + by if isinstance(value, datetime) else value

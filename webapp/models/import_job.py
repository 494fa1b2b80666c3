from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field

OptionalJson: Any = JSON(none_as_null=True)


class ImportJob(BrandOwned, table=True):
    """A file of subscribers on its way in. It resumes at `line`: of a check the line of the file,
    of a run or an undoing the number of rows or people that had their turn."""

    __tablename__ = "import_job"
    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", index=True, sa_type=BigKey)
    user_id: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
    filename: str = Field(max_length=200)
    path: str = Field(max_length=300)  # below the instance folder
    encoding: str = Field(default="utf-8", max_length=20)
    delimiter: str = Field(default=",", max_length=3)
    mapping: dict[str, object] = Field(default_factory=dict, sa_type=JSON)  # column -> target
    options: dict[str, object] = Field(default_factory=dict, sa_type=JSON)  # zone, wording ...
    state: str = Field(default="uploaded", max_length=12)
    # uploaded | fetching | halted | checking | checked | running | paused | done | failed |
    # undoing | undone
    rows: int = 0
    line: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    created_at: datetime = time_field()
    started_at: datetime | None = optional_time()
    finished_at: datetime | None = optional_time()
    reason: str | None = Field(default=None, max_length=500)


class RefusedLine(BrandOwned, table=True):
    """A line that could not be used, with the field, its value and the reason."""

    __tablename__ = "refused_line"
    __table_args__ = (Index("ix_refused_line_job_line", "import_job_id", "line"),)
    id: int | None = key_field()
    import_job_id: int = Field(foreign_key="import_job.id", sa_type=BigKey)
    line: int
    column: str = Field(default="", max_length=120)
    value: str = Field(default="", max_length=500)
    reason: dict[str, object] = Field(sa_type=JSON)  # a Sentence: text, params
    raw: list[str] = Field(default_factory=list, sa_type=JSON)  # the cells as they came
    note: bool = False  # a remark: the line was used all the same
    by_file: bool = False  # the file alone shows it; else it came of what is known already


class ImportedSubscriber(BrandOwned, table=True):
    """Which import a person came with: a condition of segments, and what undo needs.

    `trace` is a domain.import_trace.Trace: what the import changed; None where it only created.
    """

    __tablename__ = "imported_subscriber"
    import_job_id: int = Field(foreign_key="import_job.id", primary_key=True, sa_type=BigKey)
    subscriber_id: int = Field(
        foreign_key="subscriber.id", primary_key=True, sa_type=BigKey, index=True
    )
    created: bool = True
    trace: dict[str, object] | None = Field(default=None, sa_type=OptionalJson)

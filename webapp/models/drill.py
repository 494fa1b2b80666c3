"""A crash drill: the sender of one practice broadcast is killed, and what came of it."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class Drill(BrandOwned, table=True):
    """`state`: ordered, struck (the process is dead), over (another took over), refused."""

    id: int | None = key_field()
    broadcast_id: int = Field(foreign_key="broadcast.id", index=True, sa_type=BigKey)
    state: str = Field(default="ordered", max_length=10, index=True)
    ordered_by: str = Field(max_length=120)
    ordered_at: datetime = time_field()
    refusal: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
    before: dict[str, int] | None = Field(default=None, sa_type=JSON, nullable=True)
    struck_at: datetime | None = optional_time()
    worker_id: int | None = Field(default=None, sa_type=BigKey)
    host: str = Field(default="", max_length=120)
    pid: int = 0
    over_at: datetime | None = optional_time()
    next_host: str = Field(default="", max_length=120)
    next_pid: int = 0
    unknown: int = 0  # of its claims, those that nobody can know of

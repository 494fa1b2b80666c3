"""What the rules decided of a broadcast when it was approved, and the news of their changes."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from webapp.models.base import BigKey, BrandOwned, key_field, optional_time, time_field


class RuleWatch(BrandOwned, table=True):
    """One a broadcast: `ruling` is what its approval was given under, `seen` what was looked at
    last (book, day, version, time), so that nothing is looked at twice."""

    __tablename__ = "rule_watch"
    __table_args__ = (UniqueConstraint("broadcast_id"),)
    id: int | None = key_field()
    broadcast_id: int = Field(foreign_key="broadcast.id", sa_type=BigKey)
    ruling: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)
    seen: str = Field(default="", max_length=64)  # a fingerprint
    looked_at: datetime = time_field()


class RuleAlarm(BrandOwned, table=True):
    """Told once for a broadcast as it is (`broadcast_version`) and a cause, whatever restarts.

    It stands until somebody has seen it (`seen_by`), the broadcast is another one, or the cause is
    gone (`ended_at`).
    """

    __tablename__ = "rule_alarm"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "broadcast_version", "cause"),
        Index("ix_rule_alarm_open", "brand_id", "seen_at", "ended_at"),
    )
    id: int | None = key_field()
    broadcast_id: int = Field(foreign_key="broadcast.id", sa_type=BigKey)
    broadcast_version: int
    cause: str = Field(
        max_length=80
    )  # "day:2026-04-27", with ":30" when said in advance; "book:.."
    day: date | None = None  # on which the rules change; None: the book itself is another one
    rule_ids: list[str] = Field(sa_type=JSON)
    rule: dict[str, object] | None = Field(default=None, sa_type=JSON, nullable=True)  # a remark
    send_at: datetime | None = optional_time()  # None: it is being sent
    refused: bool = False  # the kind can be sent to nobody at all
    voids: bool = False  # the approval does not hold any more
    people: int = 0  # whose outcome or deciding rule is another one
    reached_before: int = 0
    reached_after: int = 0
    cost_before: int = Field(default=0, sa_type=BigInteger)  # millionths of a US dollar
    cost_after: int = Field(default=0, sa_type=BigInteger)
    at: datetime = time_field()
    seen_by: int | None = Field(default=None, foreign_key="user.id", sa_type=BigKey)
    seen_at: datetime | None = optional_time()
    ended_at: datetime | None = optional_time()

    @property
    def breaks(self) -> bool:
        """It leaves the broadcast no way to anybody."""
        return self.refused or (self.reached_before > 0 and self.reached_after == 0)


class LaterDecision(BrandOwned, table=True):
    """What another book said of a situation after the run had been planned under an earlier one.

    Apart from `decision`, of which a situation has one in a run: rows sent before refer to it.
    """

    __tablename__ = "later_decision"
    __table_args__ = (
        UniqueConstraint(
            "broadcast_id",
            "occurrence",
            "situation",
            "rulebook_version",
            name="uq_later_decision_situation",  # the long name is too long for PostgreSQL
        ),
    )
    id: int | None = key_field()
    broadcast_id: int = Field(foreign_key="broadcast.id", sa_type=BigKey)
    occurrence: int = 1
    situation: int = Field(sa_type=BigInteger)
    reason: str = Field(max_length=80)
    verdicts: list[dict[str, object]] = Field(sa_type=JSON)
    rulebook_version: str = Field(max_length=64)
    decided_at: datetime = time_field()

"""What became of messages stands on the day they were sent, no more on the day it was told.

A receipt "read until now" marks messages of months ago: counted on its own day, a month showed
more read than sent. Runs on a database of 0011 as it is, and reads the days anew from the ledger.
"""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

FACTS = ("delivered", "read", "clicked", "replied")
KEY = ("brand_id", "channel_id", "kind", "day")
QUARTER = 900  # seconds: every zone's midnight falls on one

BY_QUARTER = """
    SELECT d.brand_id, d.channel_id, b.kind, {quarter} AS quarter, {sums}
    FROM delivery d JOIN broadcast b ON b.id = d.broadcast_id
    WHERE d.finished_at IS NOT NULL
      AND (d.delivered_at IS NOT NULL OR d.read_at IS NOT NULL
           OR d.clicked_at IS NOT NULL OR d.replied_at IS NOT NULL)
    GROUP BY d.brand_id, d.channel_id, b.kind, quarter
"""


def upgrade() -> None:
    bind = op.get_bind()
    zones = {key: ZoneInfo(name) for key, name in bind.execute(sa.text("SELECT id, timezone FROM brand"))}
    days: dict[tuple[int, int, str, str], Counter[str]] = {}
    for brand_id, channel_id, kind, quarter, *sums in bind.execute(_by_quarter(bind)):
        at = datetime.fromtimestamp(int(quarter) * QUARTER, UTC)
        day = at.astimezone(zones[brand_id]).date()
        days.setdefault((brand_id, channel_id, kind, day), Counter()).update(dict(zip(FACTS, sums, strict=True)))
    bind.execute(sa.text("UPDATE rollup_day SET delivered = 0, read = 0, clicked = 0, replied = 0"))
    for key, counts in days.items():
        _keep(bind, key, counts)


def downgrade() -> None:
    """The counts stay: both versions read them alike."""


def _by_quarter(bind):
    seconds = "extract(epoch FROM d.finished_at)" if bind.dialect.name == "postgresql" else "strftime('%s', d.finished_at)"
    sums = ", ".join(f"sum(CASE WHEN d.{name}_at IS NULL THEN 0 ELSE 1 END)" for name in FACTS)
    return sa.text(BY_QUARTER.format(quarter=f"CAST({seconds} AS INTEGER) / {QUARTER}", sums=sums))


def _keep(bind, key, counts):
    table = sa.Table("rollup_day", sa.MetaData(), autoload_with=bind)
    values = dict(zip(KEY, key, strict=True))
    where = [table.c[name] == value for name, value in values.items()]
    if not bind.execute(sa.update(table).where(*where).values(**counts)).rowcount:
        zeros = {column.name: 0 for column in table.columns if column.name not in KEY}
        bind.execute(sa.insert(table).values(**{**zeros, **values, **counts}))

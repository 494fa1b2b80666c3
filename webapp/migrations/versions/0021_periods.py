"""Broadcasts that wait for windows: until when a run does, and whose row waits.

Runs on a database of 0019 as it is: no run waits yet, and the index is empty.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

AWAITS = "state = 0 AND reason = 'schedule.awaits_window'"


def upgrade() -> None:
    op.add_column(
        'occurrence', sa.Column('awaits_until', UtcDateTime(timezone=True), nullable=True)
    )
    op.create_index(
        'ix_delivery_awaits',
        'delivery',
        ['subscriber_id'],
        unique=False,
        sqlite_where=sa.text(AWAITS),
        postgresql_where=sa.text(AWAITS),
    )


def downgrade() -> None:
    op.drop_index('ix_delivery_awaits', table_name='delivery')
    op.drop_column('occurrence', 'awaits_until')

"""Rows that came back to the queue of a run that was cancelled meanwhile are cancelled with it.

Until now nobody looked at them again. No row is lost; `finished_at` is when the run ended.
"""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

QUEUED, CANCELLED = 0, 5

STATEMENT = """
UPDATE delivery SET state = :cancelled, reason = 'broadcast.cancelled', finished_at = (
    SELECT o.finished_at FROM occurrence o
    WHERE o.broadcast_id = delivery.broadcast_id AND o.number = delivery.occurrence
)
WHERE state = :queued AND EXISTS (
    SELECT 1 FROM occurrence o
    WHERE o.broadcast_id = delivery.broadcast_id AND o.number = delivery.occurrence
    AND o.state = 'cancelled'
)
"""


def upgrade() -> None:
    op.get_bind().execute(sa.text(STATEMENT), {'queued': QUEUED, 'cancelled': CANCELLED})


def downgrade() -> None:
    """They stay cancelled: nobody would send them."""

"""WhatsApp's 72 hours after our answer to somebody who came from an ad: when they end.

Runs on a database of 0001 as it is: nobody has such a time yet.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('subscriber', sa.Column('free_entry_ends_at', UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column('subscriber', 'free_entry_ends_at')

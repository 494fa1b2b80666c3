"""People in the order in which reach by hour counts them.

Runs on a database of 0002 as it is: only an index is made.
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        'ix_subscriber_reach',
        'subscriber',
        ['brand_id', 'channel_id', 'opted_out_at', 'unavailable_at', 'region', 'window_ends_at',
         'window_opener'],
        unique=False,
        sqlite_where=sa.text('erased_at IS NULL'),
        postgresql_where=sa.text('erased_at IS NULL'),
    )


def downgrade() -> None:
    op.drop_index('ix_subscriber_reach', table_name='subscriber')

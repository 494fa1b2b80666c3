"""How many people a WhatsApp business may reach a day, and an index that counts whom it has.

Runs on a database of 0012 as it is: no limit is known yet, so the smallest counts until the channel
is tested or the platform tells it. The index holds paid and utility rows alone.
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

REACHED = "claimed_at IS NOT NULL AND route IN ('sponsored', 'utility')"


def upgrade() -> None:
    op.add_column('channel', sa.Column('people_a_day', sa.Integer(), nullable=True))
    op.create_index(
        'ix_delivery_reached',
        'delivery',
        ['channel_id', 'claimed_at', 'subscriber_id'],
        unique=False,
        sqlite_where=sa.text(REACHED),
        postgresql_where=sa.text(REACHED),
    )


def downgrade() -> None:
    op.drop_index('ix_delivery_reached', table_name='delivery')
    op.drop_column('channel', 'people_a_day')

"""Quiet hours and caps of a brand, and a queue that passes over the rows that wait.

Runs on a database of 0013 as it is: no brand has either yet, and no row waits. The queue's index
takes the place of one that had no due_at; the other holds claimed rows alone.
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

RUN = ['broadcast_id', 'occurrence', 'state']
CLAIMED = 'claimed_at IS NOT NULL'


def upgrade() -> None:
    op.add_column('brand', sa.Column('quiet_hours', sa.JSON(), nullable=True))
    op.add_column('brand', sa.Column('cap', sa.JSON(), nullable=True))
    op.add_column(
        'occurrence', sa.Column('holds', sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index('ix_delivery_queue', 'delivery', [*RUN, 'due_at', 'id'], unique=False)
    op.drop_index('ix_delivery_sum', table_name='delivery')
    op.create_index(
        'ix_delivery_had',
        'delivery',
        ['subscriber_id', 'claimed_at'],
        unique=False,
        sqlite_where=sa.text(CLAIMED),
        postgresql_where=sa.text(CLAIMED),
    )


def downgrade() -> None:
    op.drop_index('ix_delivery_had', table_name='delivery')
    op.create_index('ix_delivery_sum', 'delivery', [*RUN, 'id'], unique=False)
    op.drop_index('ix_delivery_queue', table_name='delivery')
    op.drop_column('occurrence', 'holds')
    op.drop_column('brand', 'cap')
    op.drop_column('brand', 'quiet_hours')

"""A channel is looked after by one sender at a time.

Runs on a database of 0046 as it is: no channel has a sender until one takes its next wave.
"""

import sqlalchemy as sa
from alembic import op

revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('rate_bucket', sa.Column('worker_id', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column('rate_bucket', 'worker_id')

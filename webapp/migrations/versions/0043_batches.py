"""A channel may send several messages in one request.

Runs on a database of 0042 as it is: every channel goes on sending one by one.
"""

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('channel', sa.Column('batch_size', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('channel', 'batch_size')

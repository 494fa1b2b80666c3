"""In which epoch each message was claimed: part of its key, so that no restore uses a key again.

Rows of a database of 0019 have none, as the keys they went out with.
"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

TABLES = ('delivery', 'reply')


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column('epoch', sa.Integer(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, 'epoch')

"""What an import changed of each person, so that it can be undone.

Runs on a database of 0013 as it is. Imports of before have no such traces: undone, they take away
whom they brought and leave alone whom they only changed.
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('imported_subscriber', sa.Column('trace', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('imported_subscriber', 'trace')

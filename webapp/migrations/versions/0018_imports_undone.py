"""What an import changed of each person, so that it can be undone; rows have their turn by time.

Runs on a database of 0017 as it is. Imports of before have no such traces: undone, they take away
whom they brought and leave alone whom they only changed. One that is not finished is
checked anew, since it went by the file's lines: its columns are still agreed on, and whom it wrote
already is not written twice.
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

UNFINISHED = "'checking', 'checked', 'running', 'paused'"


def upgrade() -> None:
    op.add_column('imported_subscriber', sa.Column('trace', sa.JSON(), nullable=True))
    op.add_column('refused_line', sa.Column('by_file', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        f"UPDATE import_job SET state = 'uploaded', line = 0 WHERE state IN ({UNFINISHED})"
    )


def downgrade() -> None:
    op.drop_column('refused_line', 'by_file')
    op.drop_column('imported_subscriber', 'trace')

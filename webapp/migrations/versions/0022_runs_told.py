"""What somebody has read of a missed run, which run asks the failed of another once more,
which broadcasts the brand's cap does not count for, and by which house rules rows wait.

Runs on a database of 0021 as it is: what was missed before this was told on the broadcast's page,
and is not told again.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('occurrence', sa.Column('seen_at', UtcDateTime(timezone=True), nullable=True))
    op.add_column('occurrence', sa.Column('retry_of', sa.Integer(), nullable=True))
    op.add_column(
        'broadcast',
        sa.Column('cap_exempt', sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column('occurrence', sa.Column('timed_at', UtcDateTime(timezone=True), nullable=True))
    op.add_column('brand', sa.Column('house_rules_at', UtcDateTime(timezone=True), nullable=True))
    op.execute("UPDATE occurrence SET seen_at = due_at WHERE state = 'missed'")


def downgrade() -> None:
    op.drop_column('brand', 'house_rules_at')
    op.drop_column('occurrence', 'timed_at')
    op.drop_column('broadcast', 'cap_exempt')
    op.drop_column('occurrence', 'retry_of')
    op.drop_column('occurrence', 'seen_at')

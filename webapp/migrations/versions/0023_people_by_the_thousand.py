"""Many new people are one line in the log of who changed.

Runs on a database of 0019 as it is: no line is touched. The triggers are written anew after the
upgrade, since they read that column; what the audience index keeps is then made again.
"""

import sqlalchemy as sa
from alembic import op

from webapp.store import audience_watch

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MANY = sa.text('until_id IS NOT NULL')


def upgrade() -> None:
    audience_watch.lift(op.get_bind())
    op.add_column('audience_change', sa.Column('until_id', KEY, nullable=True))
    op.create_index(
        'ix_audience_change_many',
        'audience_change',
        ['subscriber_id', 'until_id'],
        sqlite_where=MANY,
        postgresql_where=MANY,
    )


def downgrade() -> None:
    audience_watch.lift(op.get_bind())
    op.drop_index('ix_audience_change_many', 'audience_change')
    op.drop_column('audience_change', 'until_id')

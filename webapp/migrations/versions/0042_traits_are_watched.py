"""The log of who changed also tells of what the rules look at, and resting tokens have an index.

Runs on a database of 0036 as it is: no row is touched. The triggers are written anew after the
upgrade, with the columns that the count by route needs; what the index keeps is made again then.
"""

import sqlalchemy as sa
from alembic import op

from webapp.store import audience_watch

revision = '0042'
down_revision = '0037'
branch_labels = None
depends_on = None

RESTING = {'ix_consent_used': 'last_used_at', 'ix_consent_waiting': 'next_eligible_at'}


def upgrade() -> None:
    audience_watch.lift(op.get_bind())
    for name, column in RESTING.items():
        known = sa.text(f'{column} IS NOT NULL')
        op.create_index(
            name, 'consent', [column, 'brand_id', 'topic_id', 'subscriber_id'],
            sqlite_where=known, postgresql_where=known,
        )


def downgrade() -> None:
    for name in RESTING:
        op.drop_index(name, 'consent')
    audience_watch.lift(op.get_bind())

"""Reach by hour counts people by their zone: it joins the index that is counted.

Runs on a database of the release before as it is; a million people take some seconds.
"""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

PLACE = ['brand_id', 'channel_id', 'opted_out_at', 'unavailable_at', 'region']
WINDOW = ['window_ends_at', 'window_opener', 'opted_in']
NAME, LIVING = 'ix_subscriber_reach', sa.text('erased_at IS NULL')


def _renew(columns: list[str]) -> None:
    op.drop_index(NAME, table_name='subscriber')
    op.create_index(
        NAME, 'subscriber', columns, unique=False, sqlite_where=LIVING, postgresql_where=LIVING
    )


def upgrade() -> None:
    _renew([*PLACE, 'timezone', *WINDOW])


def downgrade() -> None:
    _renew([*PLACE, *WINDOW])

"""Whether a person opted in at all, beside what reach by hour counts, and free entry points.

Runs on a database of 0013 as it is: once the triggers stand, everybody is looked at
(`store.agreements`).
"""

import sqlalchemy as sa
from alembic import op

from webapp.store import agreements

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

LIVING = "erased_at IS NULL"
FREE = "erased_at IS NULL AND free_entry_ends_at IS NOT NULL"
REACH = ['brand_id', 'channel_id', 'opted_out_at', 'unavailable_at', 'region', 'window_ends_at',
         'window_opener']
OF_FREE = ['brand_id', 'channel_id', 'opted_out_at', 'unavailable_at', 'free_entry_ends_at',
           'region', 'window_ends_at', 'window_opener', 'window_opened_at', 'last_inbound_at',
           'opted_in']


def upgrade() -> None:
    op.add_column(
        'subscriber',
        sa.Column('opted_in', sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.drop_index('ix_subscriber_reach', table_name='subscriber')
    _index('ix_subscriber_reach', [*REACH, 'opted_in'], LIVING)
    _index('ix_subscriber_free', OF_FREE, FREE)


def downgrade() -> None:
    agreements.lift(op.get_bind())
    op.drop_index('ix_subscriber_free', table_name='subscriber')
    op.drop_index('ix_subscriber_reach', table_name='subscriber')
    _index('ix_subscriber_reach', REACH, LIVING)
    op.drop_column('subscriber', 'opted_in')


def _index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, 'subscriber', columns, unique=False, sqlite_where=condition,
        postgresql_where=condition,
    )

"""The ledger's sums, kept by triggers, and an index that knows who said STOP.

Runs on a database of 0010 as it is: once the triggers stand, the rows are counted (`store.sums`).
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from webapp.models.base import BigKey
from webapp.store import sums

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
COUNTS = ('people', 'price_micros', 'delivered', 'read', 'clicked', 'replied')
WINDOW = ('brand_id', 'channel_id', 'window_ends_at')


def upgrade() -> None:
    op.create_table(
        'delivery_sum',
        sa.Column('brand_id', BigKey, nullable=False),
        sa.Column('broadcast_id', BigKey, nullable=False),
        sa.Column('occurrence', sa.SmallInteger(), nullable=False),
        sa.Column('state', sa.SmallInteger(), nullable=False),
        sa.Column('route', TEXT(length=20), nullable=False),
        sa.Column('reason', TEXT(length=80), nullable=False),
        sa.Column('writer', sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint(
            'broadcast_id',
            'occurrence',
            'state',
            'route',
            'reason',
            'writer',
            name=op.f('pk_delivery_sum'),
        ),
        sqlite_with_rowid=False,
    )
    _index_windows(*WINDOW, 'opted_out_at')


def downgrade() -> None:
    _index_windows(*WINDOW)
    sums.lift(op.get_bind())
    op.drop_table('delivery_sum')


def _index_windows(*columns: str) -> None:
    living = sa.text('erased_at IS NULL')
    op.drop_index('ix_subscriber_brand_window', 'subscriber')
    op.create_index(
        'ix_subscriber_brand_window',
        'subscriber',
        list(columns),
        sqlite_where=living,
        postgresql_where=living,
    )

"""People by ids that change, WhatsApp's business account of a channel, windows a platform closed.

Runs on a database as it is: everybody keeps their id, nobody has a second one, and no window was
closed that we know of. WhatsApp's user ids are longer than the ids so far; SQLite counts no
letters, so only PostgreSQL is told.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    _widen('subscriber', 140, 64)
    op.add_column('subscriber', sa.Column('window_closed_at', UtcDateTime(), nullable=True))
    op.add_column(
        'channel', sa.Column('account', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True)
    )
    op.create_table(
        'subscriber_key',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('id', KEY, nullable=False),
        sa.Column('channel_id', KEY, nullable=False),
        sa.Column('key', sqlmodel.sql.sqltypes.AutoString(length=140), nullable=False),
        sa.Column('subscriber_id', KEY, nullable=False),
        sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ['brand_id'], ['brand.id'], name=op.f('fk_subscriber_key_brand_id_brand')
        ),
        sa.ForeignKeyConstraint(
            ['channel_id'], ['channel.id'], name=op.f('fk_subscriber_key_channel_id_channel')
        ),
        sa.ForeignKeyConstraint(
            ['subscriber_id'],
            ['subscriber.id'],
            name=op.f('fk_subscriber_key_subscriber_id_subscriber'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriber_key')),
        sa.UniqueConstraint(
            'channel_id', 'key', 'subscriber_id',
            name=op.f('uq_subscriber_key_channel_id_key_subscriber_id'),
        ),
    )
    op.create_index('ix_subscriber_key_person', 'subscriber_key', ['subscriber_id'])


def downgrade() -> None:
    op.drop_index('ix_subscriber_key_person', 'subscriber_key')
    op.drop_table('subscriber_key')
    op.drop_column('channel', 'account')
    op.drop_column('subscriber', 'window_closed_at')
    _widen('subscriber', 64, 140)


def _widen(table: str, length: int, before: int) -> None:
    if op.get_bind().dialect.name == 'postgresql':
        text = sqlmodel.sql.sqltypes.AutoString
        op.alter_column(table, 'key', type_=text(length=length), existing_type=text(length=before))

"""Channels count their calls of a day. Before, none was counted: the count begins empty."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'call_bucket',
        sa.Column('channel_id', KEY, nullable=False),
        sa.Column('calls', sa.JSON(), nullable=False),
        sa.Column('engaged', sa.Integer(), nullable=False),
        sa.Column('counted_at', UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['channel_id'], ['channel.id'], name='fk_call_bucket_channel_id_channel'
        ),
        sa.PrimaryKeyConstraint('channel_id', name='pk_call_bucket'),
    )


def downgrade() -> None:
    op.drop_table('call_bucket')

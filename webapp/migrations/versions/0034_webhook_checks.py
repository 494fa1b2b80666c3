"""When a channel's webhooks were last looked after. Every channel is due at once: no row yet.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
TIME = UtcDateTime(timezone=True)


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    name = f'fk_webhook_check_{column}_{table}'
    return sa.ForeignKeyConstraint([column], [f'{table}.id'], name=name)


def upgrade() -> None:
    op.create_table(
        'webhook_check',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('channel_id', KEY, nullable=False),
        sa.Column('due_at', TIME, nullable=False),
        sa.Column('checked_at', TIME, nullable=True),
        sa.Column('trouble', sa.JSON(), nullable=True),
        _refers('brand_id', 'brand'),
        _refers('channel_id', 'channel'),
        sa.PrimaryKeyConstraint('channel_id', name='pk_webhook_check'),
    )
    op.create_index('ix_webhook_check_due_at', 'webhook_check', ['due_at'])


def downgrade() -> None:
    op.drop_index('ix_webhook_check_due_at', table_name='webhook_check')
    op.drop_table('webhook_check')

"""E-mails about trouble, and who wants none.

Runs on a database of 0027 as it is: everybody known gets them until they say otherwise, and nobody
is written to about what happened before.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'alert',
        sa.Column('id', KEY, nullable=False),
        sa.Column('brand_id', sa.Integer(), nullable=True),
        sa.Column('user_id', KEY, nullable=False),
        sa.Column('cause', sa.String(length=120), nullable=False),
        sa.Column('subject', sa.JSON(), nullable=False),
        sa.Column('sentence', sa.JSON(), nullable=False),
        sa.Column('advice', sa.JSON(), nullable=False),
        sa.Column('path', sa.String(length=200), nullable=False),
        sa.Column('created_at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('not_before', UtcDateTime(timezone=True), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('asked_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('sent_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('failure', sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name='fk_alert_brand_id_brand'),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name='fk_alert_user_id_user'),
        sa.PrimaryKeyConstraint('id', name='pk_alert'),
        sa.UniqueConstraint('user_id', 'cause', name='uq_alert_user_id_cause'),
    )
    op.create_index('ix_alert_created_at', 'alert', ['created_at'])
    op.add_column(
        'user', sa.Column('alerts', sa.Boolean(), nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    op.drop_column('user', 'alerts')
    op.drop_table('alert')

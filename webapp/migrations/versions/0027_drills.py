"""Crash drills of practice broadcasts.

Runs on a database of the release before as it is: a new table and nothing else.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'drill',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('id', KEY, nullable=False),
        sa.Column('broadcast_id', KEY, nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('ordered_by', sa.String(length=120), nullable=False),
        sa.Column('ordered_at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('refusal', sa.JSON(), nullable=True),
        sa.Column('before', sa.JSON(), nullable=True),
        sa.Column('struck_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('worker_id', KEY, nullable=True),
        sa.Column('host', sa.String(length=120), nullable=False),
        sa.Column('pid', sa.Integer(), nullable=False),
        sa.Column('over_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('next_host', sa.String(length=120), nullable=False),
        sa.Column('next_pid', sa.Integer(), nullable=False),
        sa.Column('unknown', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name='fk_drill_brand_id_brand'),
        sa.ForeignKeyConstraint(
            ['broadcast_id'], ['broadcast.id'], name='fk_drill_broadcast_id_broadcast'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_drill'),
    )
    op.create_index('ix_drill_broadcast_id', 'drill', ['broadcast_id'])
    op.create_index('ix_drill_state', 'drill', ['state'])


def downgrade() -> None:
    op.drop_table('drill')

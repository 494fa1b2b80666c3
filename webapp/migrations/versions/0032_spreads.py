"""Runs that are spread over a period keep their turns in a row. Nothing that is there changes."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0032'
down_revision = '0030'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'spread',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('occurrence_id', KEY, nullable=False),
        sa.Column('until', UtcDateTime(timezone=True), nullable=False),
        sa.Column('next_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('apart_us', sa.BigInteger(), nullable=False),
        sa.Column('counted_at', UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name='fk_spread_brand_id_brand'),
        sa.ForeignKeyConstraint(
            ['occurrence_id'], ['occurrence.id'], name='fk_spread_occurrence_id_occurrence'
        ),
        sa.PrimaryKeyConstraint('occurrence_id', name='pk_spread'),
    )


def downgrade() -> None:
    op.drop_table('spread')

"""Messages a person and week, counted from the ledger once a week is over.

Runs on a database of 0025 as it is: the clock counts the weeks of the past by itself.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'fatigue_week',
        sa.Column('brand_id', KEY, nullable=False),
        sa.Column('monday', sa.Date(), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.Column('one', sa.Integer(), nullable=False),
        sa.Column('two', sa.Integer(), nullable=False),
        sa.Column('three', sa.Integer(), nullable=False),
        sa.Column('more', sa.Integer(), nullable=False),
        sa.Column('messages', sa.BigInteger(), nullable=False),
        sa.Column('counted_at', UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['brand_id'], ['brand.id'], name='fk_fatigue_week_brand_id_brand'
        ),
        sa.PrimaryKeyConstraint('brand_id', 'monday', name='pk_fatigue_week'),
    )


def downgrade() -> None:
    op.drop_table('fatigue_week')

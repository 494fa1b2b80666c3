"""Who joined segments and who left them, by day.

Runs on a database of 0018 as it is: the log begins with the first look at each segment.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _common(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name=f'fk_{table}_brand_id_brand'),
        sa.ForeignKeyConstraint(
            ['segment_id'], ['segment.id'], name=f'fk_{table}_segment_id_segment'
        ),
    ]


def upgrade() -> None:
    op.create_table(
        'segment_day',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('segment_id', KEY, nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.Column('joined', sa.Integer(), nullable=False),
        sa.Column('left', sa.Integer(), nullable=False),
        *_common('segment_day'),
        sa.PrimaryKeyConstraint('segment_id', 'day', name='pk_segment_day'),
    )
    op.create_table(
        'segment_seen',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('segment_id', KEY, nullable=False),
        sa.Column('people', sa.LargeBinary(), nullable=False),
        sa.Column('at', UtcDateTime(timezone=True), nullable=False),
        *_common('segment_seen'),
        sa.PrimaryKeyConstraint('segment_id', name='pk_segment_seen'),
    )


def downgrade() -> None:
    op.drop_table('segment_seen')
    op.drop_table('segment_day')

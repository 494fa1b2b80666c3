"""The audience index: sets of people by condition, who changed since, and two orders of moments.

Runs on a database of 0015 as it is: the index begins empty, and fills as it is asked.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime
from webapp.store import audience_watch

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
SEEN = "erased_at IS NULL"
MARKED = "mark > 0"
ENDING = "token_expires_at IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        'audience_part',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('id', KEY, nullable=False),
        sa.Column('name', sa.String(length=64), nullable=False),
        sa.Column('leaf', sa.String(), nullable=False),
        sa.Column('people', sa.LargeBinary(), nullable=False),
        sa.Column('mark', sa.BigInteger(), nullable=False),
        sa.Column('epoch', sa.String(length=40), nullable=False),
        sa.Column('at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('used_at', UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name='fk_audience_part_brand_id_brand'),
        sa.PrimaryKeyConstraint('id', name='pk_audience_part'),
        sa.UniqueConstraint('brand_id', 'name', name='uq_audience_part_brand_id_name'),
    )
    op.create_table(
        'audience_change',
        sa.Column('id', KEY, nullable=False),
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('subscriber_id', KEY, nullable=False),
        sa.Column('mark', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_audience_change'),
        sqlite_autoincrement=True,
    )
    op.create_index(
        'ix_audience_change_mark', 'audience_change', ['mark'],
        sqlite_where=sa.text(MARKED), postgresql_where=sa.text(MARKED),
    )
    op.create_table(
        'audience_horizon',
        sa.Column('id', KEY, nullable=False),
        sa.Column('mark', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_audience_horizon'),
    )
    op.create_index(
        'ix_subscriber_brand_seen', 'subscriber', ['brand_id', 'first_seen_at'],
        sqlite_where=sa.text(SEEN), postgresql_where=sa.text(SEEN),
    )
    op.create_index(
        'ix_consent_ending', 'consent', ['topic_id', 'token_expires_at'],
        sqlite_where=sa.text(ENDING), postgresql_where=sa.text(ENDING),
    )


def downgrade() -> None:
    audience_watch.lift(op.get_bind())
    op.drop_index('ix_consent_ending', table_name='consent')
    op.drop_index('ix_subscriber_brand_seen', table_name='subscriber')
    for table in ('audience_horizon', 'audience_change', 'audience_part'):
        op.drop_table(table)

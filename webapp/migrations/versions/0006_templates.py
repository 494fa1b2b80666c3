"""A channel's message templates, and when their list is asked for again.

Two new tables; no row of before is touched.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('template',
    sa.Column('brand_id', sa.Integer(), nullable=False),
    sa.Column('id', KEY, nullable=False),
    sa.Column('channel_id', KEY, nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=512), nullable=False),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('category', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('coming_category', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('quality', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('rejected_reason', sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
    sa.Column('components', sa.JSON(), nullable=False),
    sa.Column('told_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('fetched_at', UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name=op.f('fk_template_brand_id_brand')),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_template_channel_id_channel')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_template')),
    sa.UniqueConstraint('channel_id', 'name', 'language', name=op.f('uq_template_channel_id_name_language'))
    )
    op.create_table('template_fetch',
    sa.Column('brand_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', KEY, nullable=False),
    sa.Column('due_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('fetched_at', UtcDateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name=op.f('fk_template_fetch_brand_id_brand')),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_template_fetch_channel_id_channel')),
    sa.PrimaryKeyConstraint('channel_id', name=op.f('pk_template_fetch'))
    )
    op.create_index(op.f('ix_template_fetch_due_at'), 'template_fetch', ['due_at'], unique=False)


def downgrade() -> None:
    op.drop_table('template_fetch')
    op.drop_table('template')

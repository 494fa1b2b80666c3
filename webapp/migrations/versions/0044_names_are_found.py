"""An index of names: sets of people by the letters in them.

Runs on a database of 0043 as it is: no person is touched, and the three tables begin empty. The
clock fills them, shelf by shelf and resumable (`services/name_upkeep.py`); until it has, a search
looks at everybody as it did. The triggers are written after the upgrade.
"""

import sqlalchemy as sa
from alembic import op

from webapp.store import name_watch

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'name_gram',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('id', KEY, nullable=False),
        sa.Column('gram', sa.String(length=3), nullable=False),
        sa.Column('shelf', sa.Integer(), nullable=False),
        sa.Column('people', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ['brand_id'], ['brand.id'], name=op.f('fk_name_gram_brand_id_brand')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_name_gram')),
        sa.UniqueConstraint('brand_id', 'gram', 'shelf', name=op.f('uq_name_gram_brand_id_gram_shelf')),
    )
    op.create_table(
        'name_index',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('id', KEY, nullable=False),
        sa.Column('until_id', KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ['brand_id'], ['brand.id'], name=op.f('fk_name_index_brand_id_brand')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_name_index')),
        sa.UniqueConstraint('brand_id', name=op.f('uq_name_index_brand_id')),
    )
    op.create_table(
        'name_change',
        sa.Column('id', KEY, nullable=False),
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('first_id', KEY, nullable=False),
        sa.Column('last_id', KEY, nullable=False),
        sa.Column('known', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_name_change')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_name_change_brand', 'name_change', ['brand_id', 'id'])


def downgrade() -> None:
    name_watch.lift(op.get_bind())
    for table in ('name_change', 'name_index', 'name_gram'):
        op.drop_table(table)

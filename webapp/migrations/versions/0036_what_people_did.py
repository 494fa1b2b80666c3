"""The audience index keeps what people did: a log of who did something, and ladders of moments.

Runs on a database of 0030 as it is: no line is touched. The triggers are written anew after the
upgrade; what the index keeps is then made again, as it is asked for.
"""

import sqlalchemy as sa
from alembic import op

from webapp.store import audience_watch

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MARKED = sa.text('mark > 0')
MANY = sa.text('until_id IS NOT NULL')


def upgrade() -> None:
    audience_watch.lift(op.get_bind())
    op.create_table(
        'audience_doing',
        sa.Column('id', KEY, nullable=False),
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('subscriber_id', KEY, nullable=False),
        sa.Column('until_id', KEY, nullable=True),
        sa.Column('mark', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_audience_doing'),
        sqlite_autoincrement=True,
    )
    op.create_index(
        'ix_audience_doing_mark', 'audience_doing', ['mark'],
        sqlite_where=MARKED, postgresql_where=MARKED,
    )
    op.create_index(
        'ix_audience_doing_many', 'audience_doing', ['subscriber_id', 'until_id'],
        sqlite_where=MANY, postgresql_where=MANY,
    )
    op.add_column('audience_part', sa.Column('log', sa.Integer(), nullable=False, server_default='1'))
    op.add_column('audience_part', sa.Column('ladder', sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    audience_watch.lift(op.get_bind())
    op.drop_column('audience_part', 'ladder')
    op.drop_column('audience_part', 'log')
    op.drop_index('ix_audience_doing_many', 'audience_doing')
    op.drop_index('ix_audience_doing_mark', 'audience_doing')
    op.drop_table('audience_doing')

"""What was missed while nobody listened. Runs on a database of the release before as it is."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
TIME = UtcDateTime(timezone=True)


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f'{table}.id'], name=f'fk_catch_up_{column}_{table}')


def upgrade() -> None:
    op.create_table(
        'catch_up',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('channel_id', KEY, nullable=False),
        sa.Column('since', TIME, nullable=False),
        sa.Column('began_at', TIME, nullable=False),
        sa.Column('due_at', TIME, nullable=True),
        sa.Column('after', sa.String(2000), nullable=True),
        sa.Column('calls', sa.Integer(), nullable=False),
        sa.Column('messages', sa.Integer(), nullable=False),
        sa.Column('cut', sa.Integer(), nullable=False),
        sa.Column('trouble', sa.JSON(), nullable=True),
        sa.Column('read_up_to', KEY, nullable=True),
        sa.Column('ended_at', TIME, nullable=True),
        sa.Column('note', sa.JSON(), nullable=True),
        _refers('brand_id', 'brand'),
        _refers('channel_id', 'channel'),
        sa.PrimaryKeyConstraint('channel_id', name='pk_catch_up'),
    )


def downgrade() -> None:
    op.drop_table('catch_up')

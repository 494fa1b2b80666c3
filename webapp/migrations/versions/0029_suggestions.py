"""Better hours for what is planned.

Runs on a database of the release before as it is: the clock finds them within a minute.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
TIME = UtcDateTime(timezone=True)


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f'{table}.id'], name=f'fk_suggestion_{column}_{table}')


def upgrade() -> None:
    op.create_table(
        'suggestion',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('broadcast_id', KEY, nullable=False),
        sa.Column('broadcast_version', sa.Integer(), nullable=False),
        sa.Column('send_at', TIME, nullable=False),
        sa.Column('better_at', TIME, nullable=True),
        sa.Column('reached', sa.Integer(), nullable=False),
        sa.Column('better', sa.Integer(), nullable=False),
        sa.Column('closing', sa.Integer(), nullable=False),
        sa.Column('looked_at', TIME, nullable=False),
        sa.Column('dismissed_at', TIME, nullable=True),
        sa.Column('dismissed_by', KEY, nullable=True),
        _refers('brand_id', 'brand'),
        _refers('broadcast_id', 'broadcast'),
        _refers('dismissed_by', 'user'),
        sa.PrimaryKeyConstraint('broadcast_id', name='pk_suggestion'),
    )


def downgrade() -> None:
    op.drop_table('suggestion')

"""Rulebooks loaded without a release, each kept whole, and when each was in force.

Runs on a database of 0002 as it is; the release's own book is written down at the next start.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from webapp.models.base import BigKey, UtcDateTime

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        'rulebook',
        sa.Column('id', BigKey, nullable=False),
        sa.Column('version', TEXT(length=64), nullable=False),
        sa.Column('content', TEXT(), nullable=False),
        sa.Column('key', TEXT(length=200), nullable=False),
        sa.Column('signature', TEXT(length=200), nullable=False),
        sa.Column('checked_on', sa.Date(), nullable=False),
        sa.Column('issued_at', UtcDateTime(), nullable=True),
        sa.Column('loaded_at', UtcDateTime(), nullable=False),
        sa.Column('loaded_by', TEXT(length=120), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rulebook')),
        sa.UniqueConstraint('version', name=op.f('uq_rulebook_version')),
    )
    op.create_table(
        'rulebook_term',
        sa.Column('id', BigKey, nullable=False),
        sa.Column('rulebook_id', BigKey, nullable=False),
        sa.Column('since', UtcDateTime(), nullable=False),
        sa.Column('by', TEXT(length=120), nullable=False),
        sa.Column('user_id', BigKey, nullable=True),
        sa.ForeignKeyConstraint(
            ['rulebook_id'], ['rulebook.id'], name=op.f('fk_rulebook_term_rulebook_id_rulebook')
        ),
        sa.ForeignKeyConstraint(
            ['user_id'], ['user.id'], name=op.f('fk_rulebook_term_user_id_user')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rulebook_term')),
    )


def downgrade() -> None:
    op.drop_table('rulebook_term')
    op.drop_table('rulebook')

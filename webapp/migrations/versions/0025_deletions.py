"""Deletions the platform asks for on behalf of people.

Runs on a database of the release before as it is: nobody could ask before.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0025'
down_revision = '0023'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('meta_app', sa.Column('deletions_until', UtcDateTime(timezone=True)))
    op.create_table(
        'deletion',
        sa.Column('id', KEY, nullable=False),
        sa.Column('app_id', KEY, nullable=False),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('key_hash', sa.String(length=64), nullable=False),
        sa.Column('key', sa.String(), nullable=True),
        sa.Column('asked_at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('done_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['app_id'], ['meta_app.id'], name='fk_deletion_app_id_meta_app'),
        sa.PrimaryKeyConstraint('id', name='pk_deletion'),
        sa.UniqueConstraint('code', name='uq_deletion_code'),
        sa.UniqueConstraint('app_id', 'key_hash', name='uq_deletion_app_id_key_hash'),
    )
    op.create_index('ix_deletion_done_at', 'deletion', ['done_at'], unique=False)


def downgrade() -> None:
    op.drop_table('deletion')
    op.drop_column('meta_app', 'deletions_until')

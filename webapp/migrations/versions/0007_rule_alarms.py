"""What a broadcast was approved under, the news of changed rules, and decisions of a later book.

Runs on a database of 0002 as it is: nothing is remembered or told yet.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'rule_watch',
        *_owned('rule_watch'),
        sa.Column('ruling', sa.JSON(), nullable=True),
        sa.Column('seen', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('looked_at', UtcDateTime(timezone=True), nullable=False),
        sa.UniqueConstraint('broadcast_id', name=op.f('uq_rule_watch_broadcast_id')),
    )
    op.create_table(
        'rule_alarm',
        *_owned('rule_alarm'),
        sa.Column('broadcast_version', sa.Integer(), nullable=False),
        sa.Column('cause', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column('day', sa.Date(), nullable=True),
        sa.Column('rule_ids', sa.JSON(), nullable=False),
        sa.Column('rule', sa.JSON(), nullable=True),
        sa.Column('send_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('refused', sa.Boolean(), nullable=False),
        sa.Column('voids', sa.Boolean(), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.Column('reached_before', sa.Integer(), nullable=False),
        sa.Column('reached_after', sa.Integer(), nullable=False),
        sa.Column('cost_before', sa.BigInteger(), nullable=False),
        sa.Column('cost_after', sa.BigInteger(), nullable=False),
        sa.Column('at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('seen_by', KEY, nullable=True),
        sa.Column('seen_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('ended_at', UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['seen_by'], ['user.id'], name=op.f('fk_rule_alarm_seen_by_user')
        ),
        sa.UniqueConstraint(
            'broadcast_id', 'broadcast_version', 'cause',
            name=op.f('uq_rule_alarm_broadcast_id_broadcast_version_cause'),
        ),
    )
    op.create_index('ix_rule_alarm_open', 'rule_alarm', ['brand_id', 'seen_at', 'ended_at'])
    op.create_table(
        'later_decision',
        *_owned('later_decision'),
        sa.Column('occurrence', sa.Integer(), nullable=False),
        sa.Column('situation', sa.BigInteger(), nullable=False),
        sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column('verdicts', sa.JSON(), nullable=False),
        sa.Column('rulebook_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('decided_at', UtcDateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            'broadcast_id', 'occurrence', 'situation', 'rulebook_version',
            name='uq_later_decision_situation',
        ),
    )


def downgrade() -> None:
    op.drop_table('later_decision')
    op.drop_table('rule_alarm')
    op.drop_table('rule_watch')


def _owned(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('id', KEY, nullable=False),
        sa.Column('broadcast_id', KEY, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{table}')),
        sa.ForeignKeyConstraint(
            ['brand_id'], ['brand.id'], name=op.f(f'fk_{table}_brand_id_brand')
        ),
        sa.ForeignKeyConstraint(
            ['broadcast_id'], ['broadcast.id'], name=op.f(f'fk_{table}_broadcast_id_broadcast')
        ),
    )

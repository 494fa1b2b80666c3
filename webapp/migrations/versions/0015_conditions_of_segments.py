"""What people did is found person by person, and frozen segments keep their people.

Runs on a database of before as it is: events kept earlier are marked by what they say, the ledger
has all the rest already. What a person who was erased wrote is blanked, so a quick reply of theirs
is marked as written; nobody counts it any more.
"""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

MARKED = "act IS NOT NULL"
TOLD = "sent_at IS NOT NULL"
BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')

MARK = """
    UPDATE event SET act = CASE
        WHEN kind = 'message' AND coalesce({payload}, '') = '' THEN 'wrote' ELSE 'tapped' END
    WHERE kind IN ('message', 'postback', 'paid_click')
"""
PAYLOADS = {'sqlite': "json_extract(detail, '$.payload')", 'postgresql': "detail ->> 'payload'"}


def upgrade() -> None:
    op.add_column('event', sa.Column('act', sa.String(length=10), nullable=True))
    bind = op.get_bind()
    bind.execute(sa.text(MARK.format(payload=PAYLOADS[bind.dialect.name])))
    op.create_index('ix_event_act', 'event', ['subscriber_id', 'act', 'at', 'brand_id'], unique=False,
                    sqlite_where=sa.text(MARKED), postgresql_where=sa.text(MARKED))
    told = ['subscriber_id', 'sent_at', 'delivered_at', 'read_at', 'clicked_at', 'replied_at', 'broadcast_id', 'brand_id']
    op.create_index('ix_delivery_told', 'delivery', told, unique=False,
                    sqlite_where=sa.text(TOLD), postgresql_where=sa.text(TOLD))
    op.add_column('segment', sa.Column('frozen_at', UtcDateTime(), nullable=True))
    op.add_column('segment', sa.Column('frozen_by', BIG, nullable=True))
    op.create_table('segment_member',
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('segment_id', BIG, nullable=False),
        sa.Column('subscriber_id', BIG, nullable=False),
        sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name=op.f('fk_segment_member_brand_id_brand')),
        sa.ForeignKeyConstraint(['segment_id'], ['segment.id'], name=op.f('fk_segment_member_segment_id_segment')),
        sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_segment_member_subscriber_id_subscriber')),
        sa.PrimaryKeyConstraint('segment_id', 'subscriber_id', name=op.f('pk_segment_member')),
        sqlite_with_rowid=False,
    )
    op.create_index('ix_segment_member_person', 'segment_member', ['subscriber_id'], unique=False)


def downgrade() -> None:
    op.drop_table('segment_member')
    op.drop_column('segment', 'frozen_by')
    op.drop_column('segment', 'frozen_at')
    op.drop_index('ix_delivery_told', table_name='delivery')
    op.drop_index('ix_event_act', table_name='event')
    op.drop_column('event', 'act')

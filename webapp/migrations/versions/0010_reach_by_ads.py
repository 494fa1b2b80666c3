"""People whose window an ad opened, in the order in which reach by hour counts them.

Runs on a database of 0008 as it is: only an index is made, of those people alone.
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

OF_ADS = "erased_at IS NULL AND window_opener = 'ad_message'"


def upgrade() -> None:
    op.create_index(
        'ix_subscriber_ads',
        'subscriber',
        ['brand_id', 'channel_id', 'opted_out_at', 'unavailable_at', 'region', 'window_ends_at',
         'window_opener', 'window_opened_at', 'last_inbound_at'],
        unique=False,
        sqlite_where=sa.text(OF_ADS),
        postgresql_where=sa.text(OF_ADS),
    )


def downgrade() -> None:
    op.drop_index('ix_subscriber_ads', table_name='subscriber')

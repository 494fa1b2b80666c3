"""On PostgreSQL no row of an import's list could be changed: the trigger that notes who differs
compared whole rows, one column of which is JSON, which PostgreSQL cannot compare.

Runs on a database of 0044 as it is; no row is touched.
"""

from alembic import op

from webapp.store import audience_watch

revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None


def upgrade() -> None:
    audience_watch.rewrite(op.get_bind(), 'imported_subscriber', 'update')


def downgrade() -> None:
    """What 0044 had was of no use."""

"""The log of who changed also tells of what the rules look at: who opened the window and when.

Runs on a database of 0036 as it is: no row is touched. The triggers are written anew after the
upgrade, with the columns that the count by route needs; what the index keeps is made again then.
"""

from alembic import op

from webapp.store import audience_watch

revision = '0042'
down_revision = '0036'
branch_labels = None
depends_on = None


def upgrade() -> None:
    audience_watch.lift(op.get_bind())


def downgrade() -> None:
    audience_watch.lift(op.get_bind())

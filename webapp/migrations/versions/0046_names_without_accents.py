"""Names are found without their accents: "eleonore" finds Éléonore.

Runs on a database of 0045: what a name is looked for by (`name_folded`) is made again from itself,
for those whose name has a letter outside ASCII, 5,000 people at a time. No name as it is shown is
touched and no row goes. The index of names begins anew, as its triggers are written after the
upgrade; until the clock has filled it, a search looks at everybody.
"""

import sqlalchemy as sa
from alembic import op

from webapp.domain.folding import folded
from webapp.store import name_watch

revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None

MANY = 5_000
PEOPLE = sa.table('subscriber', sa.column('id'), sa.column('name_folded', sa.String))


def upgrade() -> None:
    connection = op.get_bind()
    name_watch.lift(connection)
    name, last = PEOPLE.c.name_folded, 0
    size = 'octet_length(name_folded)'
    if connection.dialect.name == 'sqlite':
        size = 'length(CAST(name_folded AS BLOB))'
    foreign = sa.text(f'{size} <> length(name_folded)')
    query = sa.select(PEOPLE.c.id, name).where(foreign).order_by(PEOPLE.c.id).limit(MANY)
    changing = PEOPLE.update().where(PEOPLE.c.id == sa.bindparam('key'))
    while found := connection.execute(query.where(PEOPLE.c.id > last)).all():
        last = found[-1].id
        anew = [{'key': it.id, 'name_folded': folded(it.name_folded)[:401]} for it in found]
        changed = [it for it, was in zip(anew, found, strict=True)
                   if it['name_folded'] != was.name_folded]
        if changed:
            connection.execute(changing, changed)


def downgrade() -> None:
    """What 0045 looks for with its accents is not found; the names themselves never changed."""
    name_watch.lift(op.get_bind())

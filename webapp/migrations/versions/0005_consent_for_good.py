"""The ledger of consent becomes append-only, wordings get versions, a stop gets an answer.

Every act keeps its row. Its hash is computed anew, over a digest of its content instead of the
content itself (`store.consents`), and its link leads to the act written before it. An act that did
not fit its old hash gets no new one: `fanlight audit verify` goes on naming it.
"""

import hashlib
import json
import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from webapp.models.base import UtcDateTime

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
CHUNK = 2000


def upgrade() -> None:
    _add_tables()
    op.add_column('opt_in', sa.Column('salt', sa.String(32), nullable=False, server_default=''))
    op.add_column('opt_in', sa.Column('content_hash', sa.String(64), nullable=False, server_default=''))
    _seal(op.get_bind())
    _forget_the_erased(op.get_bind())
    _first_wordings(op.get_bind())
    with op.batch_alter_table('opt_in') as batch:
        batch.alter_column('salt', server_default=None, existing_type=sa.String(32), existing_nullable=False)
        batch.alter_column('content_hash', server_default=None, existing_type=sa.String(64), existing_nullable=False)
        batch.create_unique_constraint('uq_opt_in_subscriber_id_previous_hash', ['subscriber_id', 'previous_hash'])


def downgrade() -> None:
    raise NotImplementedError('The digests of erased content cannot be undone: restore a backup.')


def _add_tables() -> None:
    _owned(
        'topic_wording',
        sa.Column('topic_id', KEY, nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        _text('name', 120), _text('wording', 500),
        _link('topic_wording', 'topic_id', 'topic'),
    )
    op.create_index('ix_topic_wording_topic', 'topic_wording', ['topic_id', 'at'])
    _add_reply()
    _add_words()


def _owned(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column('brand_id', sa.Integer(), nullable=False),
        sa.Column('id', KEY, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name=f'fk_{name}_brand_id_brand'),
        sa.PrimaryKeyConstraint('id', name=f'pk_{name}'),
    )


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=False)


def _link(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f'{to}.id'], name=f'fk_{table}_{name}_{to}')


def _add_reply() -> None:
    _owned(
        'reply',
        *(sa.Column(f'{to}_id', KEY, nullable=False) for to in ('channel', 'subscriber', 'opt_in')),
        _text('kind', 10), _text('language', 10), _text('text', 500), _text('state', 10), _text('reason', 200),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        *(sa.Column(name, UtcDateTime(), nullable=True) for name in ('not_before', 'claimed_at', 'finished_at')),
        sa.Column('message_id', sa.String(200), nullable=True),
        *(_link('reply', f'{to}_id', to) for to in ('channel', 'subscriber', 'opt_in')),
        sa.UniqueConstraint('opt_in_id', name='uq_reply_opt_in_id'),
    )
    op.create_index('ix_reply_person', 'reply', ['subscriber_id', 'created_at'])
    op.create_index('ix_reply_state', 'reply', ['state', 'id'])


def _add_words() -> None:
    _owned(
        'own_word',
        _text('means', 10), _text('phrase', 60), _text('folded', 120),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.UniqueConstraint('brand_id', 'folded', name='uq_own_word_brand_id_folded'),
    )
    _owned(
        'reply_text',
        _text('kind', 10), _text('language', 10), _text('text', 500),
        sa.UniqueConstraint('brand_id', 'kind', 'language', name='uq_reply_text_brand_id_kind_language'),
    )
    _owned(
        'reply_setting',
        sa.Column('confirms', sa.Boolean(), nullable=False),
        sa.UniqueConstraint('brand_id', name='uq_reply_setting_brand_id'),
    )


OPT_IN = sa.table(
    'opt_in',
    *(sa.column(name) for name in (
        'id', 'brand_id', 'subscriber_id', 'topic_id', 'action', 'wording', 'source', 'evidence',
        'token', 'previous_hash', 'hash', 'salt', 'content_hash',
    )),
    *(sa.column(name, UtcDateTime()) for name in ('at', 'recorded_at', 'token_expires_at')),
)


def _seal(bind: sa.Connection) -> None:
    """In the order the acts were written, person by person, a chunk at a time."""
    after, person, old_last, last = (0, 0), 0, '', ''
    while rows := _next(bind, after):
        changed = []
        for row in rows:
            if row.subscriber_id != person:
                person, old_last, last = row.subscriber_id, '', ''
            whole = (row.previous_hash, row.hash) == (old_last, _old_hash(row))
            salt = secrets.token_hex(16)
            content = _digest([salt, row.wording, row.evidence, _token_hash(row.token)])
            sealed = _digest([
                last, row.brand_id, row.subscriber_id, row.topic_id, row.action, _moment(row.at),
                _moment(row.recorded_at), row.source, _moment(row.token_expires_at), content,
            ])
            now = sealed if whole else row.hash or f'unsealed {row.id}'
            changed.append({'key': row.id, 'p': last, 'h': now, 's': salt, 'c': content})
            old_last, last = row.hash, now
        bind.execute(
            sa.update(OPT_IN).where(OPT_IN.c.id == sa.bindparam('key')).values(
                previous_hash=sa.bindparam('p'), hash=sa.bindparam('h'),
                salt=sa.bindparam('s'), content_hash=sa.bindparam('c'),
            ),
            changed,
        )
        after = (rows[-1].subscriber_id, rows[-1].id)


def _next(bind: sa.Connection, after: tuple[int, int]) -> list[sa.Row]:
    place = sa.tuple_(OPT_IN.c.subscriber_id, OPT_IN.c.id)
    query = sa.select(OPT_IN).where(place > sa.tuple_(*after)).order_by(OPT_IN.c.subscriber_id, OPT_IN.c.id)
    return list(bind.execute(query.limit(CHUNK)))


def _forget_the_erased(bind: sa.Connection) -> None:
    """Erasure did not reach the ledger before; from now on it does."""
    gone = 'WHERE subscriber_id IN (SELECT id FROM subscriber WHERE erased_at IS NOT NULL)'
    bind.execute(sa.text(f"UPDATE opt_in SET wording = '', evidence = '', token = NULL, salt = '' {gone}"))  # noqa: S608
    bind.execute(sa.text(f'UPDATE consent SET token = NULL {gone}'))  # noqa: S608


def _first_wordings(bind: sa.Connection) -> None:
    """What each topic says now is its first version; it holds for every earlier act too."""
    bind.execute(
        sa.text(
            'INSERT INTO topic_wording (brand_id, topic_id, at, name, wording) '
            'SELECT brand_id, id, :at, name, wording FROM topic'
        ).bindparams(sa.bindparam('at', datetime(2016, 11, 14, tzinfo=UTC), type_=UtcDateTime()))
    )


def _old_hash(row: sa.Row) -> str:
    return _digest([
        row.previous_hash, row.brand_id, row.subscriber_id, row.topic_id, row.action,
        _moment(row.at), _moment(row.recorded_at), row.wording, row.source, row.evidence,
        row.token, _moment(row.token_expires_at),
    ])


def _token_hash(token: str | None) -> str | None:
    return None if token is None else hashlib.sha256(token.encode()).hexdigest()


def _moment(at: datetime | None) -> str | None:
    return at and at.astimezone(UTC).isoformat()


def _digest(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

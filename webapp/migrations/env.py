"""Alembic's entry: runs on the connection `services.installing` hands over."""

import sqlmodel
from alembic import context

from webapp import models

assert models  # every table is registered before metadata is read  # noqa: S101

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=sqlmodel.SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

"""Alembic runs the steps on the connection that `migrate` holds open, in its transaction."""

from __future__ import annotations

from alembic import context

from kmop_lifecycle.adapters.store.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,  # SQLite alters a table by building it anew
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

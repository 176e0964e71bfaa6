"""What Alembic runs for each command: our tables, on the connection that `bot.store.schema` hands over."""

from alembic import context

from bot.store.metadata import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()

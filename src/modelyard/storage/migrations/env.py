"""Alembic's entry: runs on the connection that schema.py hands over, in its transaction."""

from alembic import context

config = context.config
context.configure(
    connection=config.attributes["connection"],
    version_table=config.attributes["version_table"],
    transactional_ddl=True,
)
context.run_migrations()

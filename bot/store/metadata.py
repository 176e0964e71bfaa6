"""All tables together: whoever compares the database with the code needs every one of them."""

from bot.store import case_tables, use_tables
from bot.store.tables import Base

__all__ = ["METADATA", "case_tables", "use_tables"]

METADATA = Base.metadata

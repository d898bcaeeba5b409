"""The store: SQLModel tables on SQLite and Postgres alike, and the same in memory."""

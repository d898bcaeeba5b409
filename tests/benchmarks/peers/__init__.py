"""The same small lifecycle kept by other tools: one module each, on one Postgres."""

"""The Prefect flows: thin, repeatable calls of the use cases; no other room knows Prefect."""

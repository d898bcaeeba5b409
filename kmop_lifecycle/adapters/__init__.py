"""One file per thing outside: clock, files, database, mail."""

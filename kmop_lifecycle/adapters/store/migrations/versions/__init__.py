"""One file per step, named after its number and what it adds."""

"""Faults of the real topology: `python -m tests.chaos --cases 50000`."""

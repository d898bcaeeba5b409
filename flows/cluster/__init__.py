"""The production form on one machine: every process that a cluster has, on loopback."""

"""The certification lifecycle of service providers for the Flemish KMO-portefeuille.

One way through the house: `cli` and `flows` call `bootstrap`, which wires `adapters` to the use
cases in `service`; these ask `domain` to decide and the store to write what was decided.
"""

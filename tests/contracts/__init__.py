"""Contract suites: one class a port, run on every adapter. They must not know which adapter they meet.

An adapter's test module subclasses each suite and gives the fixtures named there (docs/adding-an-adapter.md).
"""

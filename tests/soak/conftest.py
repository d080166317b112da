"""The server that the long forms kill."""

from tests.system.conftest import own

__all__ = ["own"]

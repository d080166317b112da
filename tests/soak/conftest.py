"""What the long forms run against: the server that they kill, the zips that they deploy."""

from tests.rehearsal.conftest import packages
from tests.system.conftest import own

__all__ = ["own", "packages"]

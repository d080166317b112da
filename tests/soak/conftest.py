"""What the long forms run against: the server that they kill, the zips that they deploy, the world they ask."""

from tests.fuzz.conftest import world
from tests.rehearsal.conftest import packages
from tests.system.conftest import own

__all__ = ["own", "packages", "world"]

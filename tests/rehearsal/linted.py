"""What AWS's own list of actions and resources says of a policy, by parliament. It must not know what is deployed.

parliament reads its data by `pkg_resources`, which setuptools gave up; the one function it takes from there is here.
"""

import re
import sys
import warnings
from importlib import resources
from types import ModuleType
from typing import Any

# Its list lacks that an action goes with an execution of a standard workflow too (Service Authorization Reference,
# "Actions, resources, and condition keys for AWS Step Functions"), and another with the streams of a table (AWS SAM
# Developer Guide, "DynamoDBStreamReadPolicy").
MISTAKEN = (
    "RESOURCE_MISMATCH: [{'action': 'states:DescribeExecution', 'required_format': 'arn:*:states:*:*:express:",
    "RESOURCE_MISMATCH: [{'action': 'dynamodb:ListStreams', 'required_format': '*'}]",
)


# A stream is named after the time it was made, with colons in it, which parliament takes for those of the ARN.
STREAM = re.compile(r"(/stream/)[0-9T:.-]+")


def findings(policy: str) -> list[str]:
    """Each finding with where it is; none for a policy that is as AWS documents it."""
    found = _parliament().analyze_policy_string(STREAM.sub(r"\1label", policy)).findings
    told = (f"{each.issue}: {each.detail} {each.location}" for each in found)
    return sorted(each for each in told if not each.startswith(MISTAKEN))


def _parliament() -> Any:
    if "pkg_resources" not in sys.modules:
        stand_in = ModuleType("pkg_resources")
        stand_in.resource_filename = lambda package, name: str(resources.files(package) / name)  # type: ignore[attr-defined] # all of it
        sys.modules["pkg_resources"] = stand_in
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the files it reads to the garbage collector
        import parliament  # type: ignore[import-untyped] # noqa: PLC0415 - a second and 20 MB of lists, for one test

    return parliament

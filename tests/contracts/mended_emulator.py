"""Starts the emulator with two mistakes mended that the adapters would otherwise be tested wrongly by.

Run by the emulator's own Python.

* Secrets Manager takes a second value for a version's name only when it is the same (API Reference, PutSecretValue:
  ResourceExistsException), and then nothing changes; the emulator lets it replace the first and be the current one.
* A request to a KeyValueStore is one about that store (Service Authorization Reference); the emulator asks policies
  whether it is allowed on `*`, so that no policy for one store allows anything.
"""

import re
import sys
from typing import Any
from urllib.parse import unquote

from ministack.app import main
from ministack.core import iam_actions
from ministack.core.responses import error_response_json, json_response
from ministack.services import secretsmanager

STORE = re.compile(r"/key-value-stores/(arn:.+?/[a-zA-Z0-9_-]+)")

put_secret_value = secretsmanager._put_secret_value
extract_resource_arn = iam_actions.extract_resource_arn


def put_once(data: dict[str, Any]) -> Any:
    """As AWS does it."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    name = data.get("ClientRequestToken")
    version = (secret or {}).get("Versions", {}).get(name)
    if secret is None or version is None:
        return put_secret_value(data)
    if version["SecretString"] != data.get("SecretString"):
        return error_response_json("ResourceExistsException", "The version has another value.", 400)
    return json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": name})


def resource_arn(service: str, method: str, path: str, *rest: Any) -> Any:
    """The store's, for a request to a KeyValueStore."""
    store = STORE.match(unquote(path)) if service == "cloudfront-keyvaluestore" else None
    return store[1] if store else extract_resource_arn(service, method, path, *rest)


secretsmanager._put_secret_value = put_once
iam_actions.extract_resource_arn = resource_arn
sys.exit(main())

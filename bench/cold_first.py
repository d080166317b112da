"""One cold start, for `bench/cold.py`: imports a function, asks it once, prints what that took.

python cold_first.py SRC MODULE EVENT ROOTS
"""

import sys
import time

began = time.perf_counter()
sys.path.insert(0, sys.argv[1])
import importlib  # noqa: E402 - the clock runs
import json  # noqa: E402 - the same


class Context:
    """What Lambda tells a function of itself."""

    function_name = "bench"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:000000000000:function:bench"
    aws_request_id = "1"


function = importlib.import_module(sys.argv[2])
if sys.argv[4]:
    from pathlib import Path

    from matinee.adapters.aws import signed_objects

    signed_objects.ROOTS = Path(sys.argv[4])  # Amazon's, and one more: the bench's own S3
answer = function.handler(json.loads(sys.argv[3]), Context())
milliseconds = (time.perf_counter() - began) * 1000
if answer["statusCode"] not in (200, 201):
    sys.exit(f"{answer['statusCode']}: {answer.get('body')}")
print(json.dumps({"milliseconds": milliseconds}))

"""What GStreamer's HLS player (seen with 1.22) does now and then when a segment is refused: it locks up, page and all.

WebKit's source posts the error in the page's main thread while a thread of `adaptivedemux` holds the lock that the
message needs (found with a debugger; in one refusal of five to ten). The page can do nothing about it, and Safari has
another player. So a browser that answers nothing any more is no answer to what the test asked, and a new one is asked.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from urllib3.exceptions import HTTPError

ANSWER_SECONDS = 20
BROWSERS = 6

P = ParamSpec("P")


def unless_it_locks_up(test: Callable[P, None]) -> Callable[P, None]:
    """A test that is begun again in another browser, up to six in all, when its own answered nothing for 20 seconds."""

    @wraps(test)
    def in_a_living_browser(*args: P.args, **kwargs: P.kwargs) -> None:
        for _ in range(BROWSERS - 1):
            try:
                return test(*args, **kwargs)
            except HTTPError as silence:  # of the line to the driver; what the page fetches fails otherwise
                print(f"the browser locked up: {silence}")
        return test(*args, **kwargs)

    return in_a_living_browser

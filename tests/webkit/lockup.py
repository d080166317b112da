"""What GStreamer's HLS player (seen with 1.22) does now and then when a segment is refused: it locks up, page and all.

WebKit's source posts the error in the page's main thread while a thread of `adaptivedemux` holds the lock that the
message needs (found with a debugger; in one refusal of five to ten). The page can do nothing about it, and Safari has
another player. The slower the machine, the surer it is: the player asks for what was refused four times, by all its
threads. So a browser that answers nothing any more is no answer to what the test asked, and a new one is asked.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from urllib3.exceptions import HTTPError

ANSWER_SECONDS = 20
BROWSERS = 4

P = ParamSpec("P")


def locks_up(step: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether the browser answers nothing for 20 seconds during a step."""
    try:
        step(*args, **kwargs)
    except HTTPError as silence:  # of the line to the driver; what the page fetches fails otherwise
        print(f"the browser locked up: {silence}")
        return True
    return False


def unless_it_locks_up(test: Callable[P, None]) -> Callable[P, None]:
    """A test that is begun again in another browser, up to four in all, when its own locks up."""

    @wraps(test)
    def in_a_living_browser(*args: P.args, **kwargs: P.kwargs) -> None:
        for _ in range(BROWSERS - 1):
            if not locks_up(test, *args, **kwargs):
                return
        test(*args, **kwargs)

    return in_a_living_browser

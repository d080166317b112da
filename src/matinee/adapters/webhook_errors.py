"""What every store of endpoints says of what is not there. It must not know which store was asked."""

from matinee.errors import ErrorCode, MatineeError


def no_webhook(name: str) -> MatineeError:
    """There is no such endpoint."""
    sentence = f"There is no webhook {name[:60]!r}; it was removed, or the id is mistyped."
    return MatineeError(ErrorCode.WEBHOOK_NOT_FOUND, sentence)


def no_event(name: str) -> MatineeError:
    """There is no such event."""
    sentence = f"There is no event {name[:60]!r}; it is older than MATINEE_EVENT_DAYS, or the id is mistyped."
    return MatineeError(ErrorCode.EVENT_NOT_FOUND, sentence)


def no_delivery(name: str) -> MatineeError:
    """Nothing of that event was told to the endpoint."""
    sentence = f"There is no delivery {name[:60]!r}; its event is over, or was never told to this webhook."
    return MatineeError(ErrorCode.EVENT_NOT_FOUND, sentence)

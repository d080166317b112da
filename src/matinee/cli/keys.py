"""`matinee keys rotate`: a new signing key for this machine. It must not know how keys are kept."""

from matinee.cli.client import Json, is_this_machine
from matinee.cli.output import hint, say
from matinee.config import Settings
from matinee.errors import ErrorCode, MatineeError
from matinee.wiring import replace_keys, rotate_keys


def rotate(settings: Settings, *, at_once: bool) -> Json:
    """Make a new key and sign with it from now on: `{"kid"}`, its id.

    The key before it keeps verifying, so no link breaks. Raises `setting_invalid` when the keys are not here, and
    `keys_in_use` while links of the key before would break, unless it is to be `at_once`.
    """
    _check_here(settings)
    return {"kid": rotate_keys(settings, at_once=at_once)}


def replace(settings: Settings) -> Json:
    """Make a new key and forget every other: `{"kid"}`; every link made before stops working, at once."""
    _check_here(settings)
    return {"kid": replace_keys(settings)}


def _check_here(settings: Settings) -> None:
    if not is_this_machine(settings.url):
        sentence = (
            f"The keys of {settings.url} are not on this machine. A deployment on AWS rotates them by schedule; to do "
            "it now, or after a leak, run what `terraform output rotate_keys` prints. "
            "Unset MATINEE_URL to rotate the keys of this machine."
        )
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    if not settings.data_dir.is_dir():
        sentence = f"There is no {settings.data_dir}; set MATINEE_DATA_DIR to the server's, or start the server once."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)


def print_replacement(rotation: Json) -> None:
    """The new key's id, and what happened to links that were out."""
    say(f"{rotation['kid']} signs from now on, and no other key counts.")
    hint("Every link made before has stopped working; make new ones with: matinee play")


def print_rotation(rotation: Json) -> None:
    """The new key's id, and what happens to links that are out."""
    say(f"{rotation['kid']} signs from now on.")
    hint("Links made before keep working: the key before still verifies, older ones still renew their sessions.")
    hint("After a leak that is not enough: matinee keys rotate --leaked ends every link made before.")

"""The one place where AWS's errors become ours. It must not know which adapter asked, nor print what was sent.

    NoSuchKey, 404 (a HEAD answers no more than that)           object_not_found
    InvalidRange, 416                                           range_not_satisfiable
    NoSuchUpload                                                upload_not_found
    InvalidPart, InvalidPartOrder, EntityTooSmall               part_invalid
    BadDigest, XAmzContentChecksumMismatch                      checksum_mismatch
    ConditionalCheckFailedException                             catalog_conflict
    throttling, time-outs, 5xx, no connection                   store_unavailable or catalog_unavailable: may pass
    refused, no such bucket or table                            the same codes, with a sentence for the operator

botocore has retried what may pass before any of this is seen (`clients`). An adapter that expects a code (a lost
condition, a missing part) asks `code_of` and decides; everything else goes through `aws_errors`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from matinee.errors import ErrorCode, MatineeError

CONDITION_FAILED = "ConditionalCheckFailedException"
NO_SUCH_UPLOAD = "NoSuchUpload"

CODES: Mapping[str, ErrorCode] = MappingProxyType({
    "NoSuchKey": ErrorCode.OBJECT_NOT_FOUND,
    "404": ErrorCode.OBJECT_NOT_FOUND,
    "InvalidRange": ErrorCode.RANGE_NOT_SATISFIABLE,
    "416": ErrorCode.RANGE_NOT_SATISFIABLE,
    NO_SUCH_UPLOAD: ErrorCode.UPLOAD_NOT_FOUND,
    "InvalidPart": ErrorCode.PART_INVALID,
    "InvalidPartOrder": ErrorCode.PART_INVALID,
    "EntityTooSmall": ErrorCode.PART_INVALID,
    "BadDigest": ErrorCode.CHECKSUM_MISMATCH,
    "XAmzContentChecksumMismatch": ErrorCode.CHECKSUM_MISMATCH,
    CONDITION_FAILED: ErrorCode.CATALOG_CONFLICT,
})  # fmt: skip

# What AWS says when it is the deployment that must be mended, not the moment that must pass.
REFUSED = frozenset({
    "AccessDenied", "AccessDeniedException", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
    "ExpiredTokenException", "UnrecognizedClientException",
})  # fmt: skip
MISSING = frozenset({"NoSuchBucket", "ResourceNotFoundException", "StateMachineDoesNotExist"})

SENTENCES = {
    ErrorCode.OBJECT_NOT_FOUND: "there is no such object; check the key, or put it there.",
    ErrorCode.RANGE_NOT_SATISFIABLE: "the object ends before those bytes; ask for its size first.",
    ErrorCode.UPLOAD_NOT_FOUND: "there is no such upload under way; it was completed, aborted, or never begun.",
    ErrorCode.PART_INVALID: "a part is not held as named, or is under 5 MiB and not the last; list the parts again.",
    ErrorCode.CHECKSUM_MISMATCH: "the bytes that arrived are not those announced; send them again.",
    ErrorCode.CATALOG_CONFLICT: "somebody else changed it meanwhile; read it again and decide anew.",
}


def code_of(error: ClientError) -> str:
    """AWS's own code, such as `NoSuchKey`."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def aws_errors(doing: str, *, otherwise: ErrorCode) -> Iterator[None]:
    """Raise what AWS answers in the block as MatineeError; what `CODES` does not know becomes `otherwise`.

    `doing` begins the sentence: "writing films/one.mp4". It never holds a link, a token or a body.
    """
    try:
        yield
    except ClientError as error:
        raise _translated(error, doing, otherwise) from error
    except (BotoCoreError, Boto3Error) as error:
        # The class only: the text of a connection error holds the whole signed address.
        sentence = f"AWS could not be reached while {doing} ({type(error).__name__}); try again in a moment."
        raise MatineeError(otherwise, sentence) from error


def _translated(error: ClientError, doing: str, otherwise: ErrorCode) -> MatineeError:
    theirs = code_of(error)
    if theirs in CODES:
        return MatineeError(CODES[theirs], f"While {doing}: {SENTENCES[CODES[theirs]]}")
    if theirs in REFUSED:
        sentence = f"AWS refused {doing} ({theirs}); check the role's policy and that its credentials have not expired."
    elif theirs in MISSING:
        sentence = f"What {doing} needs is not there ({theirs}); check the deployment's names and its Region."
    else:
        sentence = f"AWS failed while {doing} ({theirs or 'no code'}); try again in a moment."
    return MatineeError(otherwise, sentence)

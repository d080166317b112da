"""What AWS answers, as ours: the codes the emulator never gives are given here as botocore would raise them."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from matinee.adapters.aws.dynamodb_table import ask_until_done
from matinee.adapters.aws.errors import aws_errors
from matinee.errors import ErrorCode, MatineeError
from tests.contracts.samples import raises


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("EntityTooSmall", ErrorCode.PART_INVALID),
        ("InvalidPartOrder", ErrorCode.PART_INVALID),
        ("NoSuchUpload", ErrorCode.UPLOAD_NOT_FOUND),
        ("BadDigest", ErrorCode.CHECKSUM_MISMATCH),
        ("404", ErrorCode.OBJECT_NOT_FOUND),
        ("416", ErrorCode.RANGE_NOT_SATISFIABLE),
        ("SlowDown", ErrorCode.STORE_UNAVAILABLE),
        ("ThrottlingException", ErrorCode.STORE_UNAVAILABLE),
        ("ProvisionedThroughputExceededException", ErrorCode.STORE_UNAVAILABLE),
        ("ExpiredToken", ErrorCode.STORE_UNAVAILABLE),
        ("", ErrorCode.STORE_UNAVAILABLE),
    ],
)
def test_a_code_of_aws_is_one_of_ours(theirs: str, ours: ErrorCode) -> None:
    otherwise = ErrorCode.STORE_UNAVAILABLE
    with pytest.raises(MatineeError, match="doing this") as caught, aws_errors("doing this", otherwise=otherwise):
        raise ClientError({"Error": {"Code": theirs, "Message": "m"}}, "Operation")
    assert caught.value.code is ours


def test_a_connection_that_fails_is_told_without_its_address() -> None:
    with pytest.raises(MatineeError) as caught, aws_errors("doing this", otherwise=ErrorCode.CATALOG_UNAVAILABLE):
        raise EndpointConnectionError(endpoint_url="https://b.example/k?X-Amz-Signature=secret")
    assert caught.value.code is ErrorCode.CATALOG_UNAVAILABLE
    assert "secret" not in caught.value.detail


def test_what_a_batch_left_undone_is_asked_again() -> None:
    asked: list[int] = []

    def ask(wanted: int) -> int:
        asked.append(wanted)
        return wanted - 1

    ask_until_done(ask, 3)
    assert asked == [3, 2, 1]


def test_a_batch_that_is_never_done_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matinee.adapters.aws.dynamodb_table.PAUSE_SECONDS", 0.0)
    with raises(ErrorCode.CATALOG_UNAVAILABLE):
        ask_until_done(lambda wanted: wanted, {"table": ["item"]})

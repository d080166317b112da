"""Deliveries that are due, put into a queue whose messages call the sender. It must not know what a delivery is.

A message is the delivery's id and nothing else: what is to be sent, where and whether it still is lies in the table.
"""

from typing import TYPE_CHECKING

from matinee.adapters.aws.errors import aws_errors
from matinee.errors import ErrorCode

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_SECONDS = 43_000  # a message is invisible for 12 hours at most from when it was received


class SqsBell:
    """Implements the `Bell` port with the queue at `url`."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def ring(self, delivery_ids: tuple[str, ...]) -> None:
        """These deliveries are due. Raises `catalog_unavailable` when one was not taken: call again with all."""
        for name in delivery_ids:
            with aws_errors("telling of deliveries", otherwise=ErrorCode.CATALOG_UNAVAILABLE):
                self._client.send_message(QueueUrl=self._url, MessageBody=name)

    def put_off(self, receipt: str, seconds: float) -> None:
        """Have the message of this receipt come again after so many seconds."""
        wait = min(max(1, round(seconds)), LONGEST_SECONDS)
        with aws_errors("putting a delivery off", otherwise=ErrorCode.CATALOG_UNAVAILABLE):
            self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=wait)

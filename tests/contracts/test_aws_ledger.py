"""What was spent, in DynamoDB, held to its contract, against the emulator."""

from collections.abc import Callable
from functools import partial

import pytest

from matinee.adapters.aws.clients import dynamodb_client
from matinee.adapters.aws.dynamodb_ledger import DynamoDbLedger
from matinee.ports.ledger import Ledger
from tests.contracts.emulator import Caller, Emulator
from tests.contracts.ledger import LedgerContract


def open_dynamodb_ledger(caller: Caller, table: str) -> DynamoDbLedger:
    """What is counted in `table`."""
    return DynamoDbLedger(dynamodb_client(caller.session(), caller.url), table)


class TestDynamoDbLedger(LedgerContract):
    """In a table."""

    @pytest.fixture
    def open_ledger(self, emulator: Emulator) -> Callable[[], Ledger]:
        return partial(open_dynamodb_ledger, emulator.adapter, emulator.new_table())

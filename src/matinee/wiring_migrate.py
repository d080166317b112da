"""The two sides of a migration: this machine's data directory, a deployment's bucket and table. It decides nothing."""

from collections.abc import Callable
from dataclasses import replace

from matinee.adapters.aws.clients import check_caller, s3_client
from matinee.adapters.aws.deleted_objects import DeletedObjects
from matinee.adapters.local.sqlite_insights import SqliteInsights
from matinee.adapters.local.sqlite_webhooks import SqliteWebhooks
from matinee.adapters.local.system_clock import SystemClock
from matinee.config import Settings, require
from matinee.errors import ErrorCode, MatineeError
from matinee.services.migration import Migration, Progress
from matinee.services.standing import Side
from matinee.services.undeletion import Undeleting
from matinee.wiring import open_local
from matinee.wiring_aws import open_adapters, open_insights, open_webhooks

CATALOG = "matinee.db"


def undeleting(settings: Settings, table_then: str) -> Undeleting:
    """From the table `table_then`, a restored copy or the deployment's own, into the deployment. `setting_invalid`."""
    require(settings, "bucket", "table")
    check_caller()
    now, then = open_adapters(settings), open_adapters(replace(settings, table=table_then))
    deleted = DeletedObjects(s3_client(now.session), settings.bucket or "")
    return Undeleting(then.catalog, now.catalog, deleted.bring_back)


def migration_to_aws(settings: Settings, told: Callable[[Progress], None]) -> Migration:
    """From this machine. Raises `setting_invalid` when there is no library here, or no deployment is named."""
    if not (settings.data_dir / CATALOG).exists():
        sentence = f"There is no library in {settings.data_dir}; set MATINEE_DATA_DIR to the server's data directory."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    aws = aws_side(settings)
    return Migration(local_side(settings), aws, SystemClock(), told)


def migration_from_aws(settings: Settings, told: Callable[[Progress], None]) -> Migration:
    """To this machine, whose data directory is made when it is not there. Raises `setting_invalid`."""
    return Migration(aws_side(settings), local_side(settings), SystemClock(), told)


def local_side(settings: Settings) -> Side:
    """This machine's; a server may be running."""
    local = open_local(settings)
    return Side(
        name=str(settings.data_dir),
        store=local.store,
        catalog=local.catalog,
        insights=SqliteInsights(local.database),
        webhooks=SqliteWebhooks(local.database),
    )


def aws_side(settings: Settings) -> Side:
    """The deployment that `settings` name, with the credentials AWS's own tools would use. Raises `setting_invalid`."""
    require(settings, "bucket", "table")
    check_caller()
    adapters = open_adapters(settings)
    return Side(
        name=f"s3://{settings.bucket}",
        store=adapters.store,
        catalog=adapters.catalog,
        insights=open_insights(settings, adapters),
        webhooks=open_webhooks(settings, adapters),
    )

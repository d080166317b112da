"""`matinee migrate`: the library to AWS, or from there. It must not know how anything is carried."""

from collections.abc import Callable
from dataclasses import asdict, replace

from matinee.cli.client import Json
from matinee.cli.output import hint, say, size_text
from matinee.cli.progress import Display
from matinee.config import Settings
from matinee.services.migration import Migration, Progress
from matinee.wiring_migrate import migration_from_aws, migration_to_aws

WORDS = {
    "new": "carried",
    "changed": "carried again, having changed here",
    "same": "there already",
    "newer_there": "left as they are there: changed or deleted there since they were carried",
    "busy": "not carried: being uploaded or ingested",
}
Opened = Callable[[Settings, Callable[[Progress], None]], Migration]


def to_aws(settings: Settings, bucket: str | None, table: str | None, *, check: bool) -> Json:
    """This machine's library into a deployment: a `services.migration.Report` as JSON."""
    return _run(migration_to_aws, _naming(settings, bucket, table), check=check)


def from_aws(settings: Settings, bucket: str | None, table: str | None, *, check: bool) -> Json:
    """A deployment's library into this machine's data directory, in the same shape."""
    return _run(migration_from_aws, _naming(settings, bucket, table), check=check)


def print_report(report: Json) -> None:
    """What came, what is still to come, and what to do next."""
    say(f"{report['objects']} objects, {size_text(report['size_bytes'])}, each with its SHA-256 checked on arrival.")
    for standing, words in WORDS.items():
        if report["assets"][standing]:
            say(f"{len(report['assets'][standing])} titles {words}.")
    if report["shares"] or report["plain_objects"]:
        say(f"{report['shares']} share links written; {report['plain_objects']} plain objects are there.")
    if report["checked_bytes"] is not None:
        say(f"{size_text(report['checked_bytes'])} read back; every byte is the one that was sent.")
    if report["webhooks"]["carried"]:
        hint("Webhooks came along switched off: `matinee webhooks edit whk_… --on` there, when nothing is told here.")
    if report["webhooks"]["left"]:
        hint(f"No room there for the webhooks {', '.join(report['webhooks']['left'])}: remove some, then run it again.")
    if report["assets"]["busy"]:
        hint("Run it again when those titles are ready: what is there is not sent again.")


def _naming(settings: Settings, bucket: str | None, table: str | None) -> Settings:
    return replace(settings, bucket=bucket or settings.bucket, table=table or settings.table)


def _run(opened: Opened, settings: Settings, *, check: bool) -> Json:
    with Display().moving("Migrating") as show:
        migration = opened(settings, lambda now: show(now.assets, now.assets_done, size_text(now.size_bytes)))
        report = migration.run(check=check)
    return asdict(report)

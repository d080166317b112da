"""`matinee undelete`: titles of a deployment on AWS, put back. It must not know how."""

from dataclasses import asdict, replace

from matinee.cli.client import Json
from matinee.cli.output import hint, say
from matinee.config import Settings
from matinee.domain.ids import AssetId
from matinee.wiring_migrate import undeleting


def undelete(settings: Settings, assets: list[str], bucket: str | None, table: str | None, then: str | None) -> Json:
    """Those assets, or with none named every one that `then`, a table, knows: `{"items": [Undeletion]}`."""
    settings = replace(settings, bucket=bucket or settings.bucket, table=table or settings.table)
    work = undeleting(settings, then or settings.table or "")
    found = [work.one(AssetId(name)) for name in assets] if assets else work.everything()
    return {"items": [asdict(each) for each in found]}


def print_undeleted(report: Json) -> None:
    """What came back."""
    back = [each for each in report["items"] if each["listed"] or each["objects"]]
    for each in back:
        say(f"{each['asset_id']}  {each['title']}: {each['objects']} objects, {each['shares']} share links")
    hint(f"{len(back)} of {len(report['items'])} titles had something to bring back.")

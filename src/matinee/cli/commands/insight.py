"""`insight`. It must not know what it does.

The body fetches what does the work, and calls it.
"""

from typing import Annotated

import typer

from matinee.cli.commands.options import JsonOption

app = typer.Typer(rich_markup_mode=None)


@app.command()
def insight(
    asset_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="One asset's; without it, all together.")
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="The first day, such as 2026-03-01. Default: 28 days ago."),
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day. Default: today.")] = None,
    now: Annotated[bool, typer.Option("--now", help="How films played in the last quarter of an hour.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A row a day, for spreadsheets.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell what was watched, and how well it played.

    Views, minutes, start-up, standing still, errors, and how many stayed.
    """
    from matinee import config
    from matinee.cli import insight as command
    from matinee.cli import library
    from matinee.cli.client import open_api

    with open_api(config.load()) as api:
        if now:
            library.show(api.get("/v1/insight/quality"), as_json, command.print_quality)
            return
        report = command.fetch(api, asset_id, first, last)
    command.print_csv(report) if as_csv else library.show(report, as_json, command.print_report)

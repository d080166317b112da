"""`undelete`. It must not know what it does.

The body fetches what does the work, and calls it.
"""

from typing import Annotated

import typer

from matinee.cli.commands.migrate import BucketOption, TableOption
from matinee.cli.commands.options import JsonOption

app = typer.Typer(rich_markup_mode=None)


@app.command()
def undelete(
    assets: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]…", help="Titles; none: every one the catalog then knew.")
    ] = None,
    bucket: BucketOption = None,
    table: TableOption = None,
    then: Annotated[
        str | None,
        typer.Option("--then", help="A table restored to a moment before; without it, the deployment's own."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Put titles back that were deleted on AWS.

    With all that was theirs, while the bucket still keeps it.
    """
    from matinee import config
    from matinee.cli import library
    from matinee.cli import undelete as command

    library.show(command.undelete(config.load(), assets or [], bucket, table, then), as_json, command.print_undeleted)

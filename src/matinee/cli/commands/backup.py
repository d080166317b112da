"""`backup` and `restore`. It must not know what they do.

Each body fetches what does the work, and calls it.
"""

from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.commands.options import JsonOption

app = typer.Typer(rich_markup_mode=None)


@app.command()
def backup(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", file_okay=False, help="Where backups are kept, best on another disk.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Copy this machine's data directory, while the server runs.

    What an earlier backup has is linked.
    """
    from matinee import config
    from matinee.cli import backup as command
    from matinee.cli import library

    library.show(command.make(config.load(), folder), as_json, command.print_backup)


@app.command()
def restore(
    folder: Annotated[
        Path, typer.Argument(metavar="BACKUP", exists=True, file_okay=False, help="One of the folders in it.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Make this machine's data directory from a backup.

    It must be empty.
    """
    from matinee import config
    from matinee.cli import backup as command
    from matinee.cli import library

    library.show(command.restore(config.load(), folder), as_json, command.print_restored)

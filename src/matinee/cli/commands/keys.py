"""`keys rotate`. It must not know what they do.

Each body fetches what does the work, and calls it.
"""

from typing import Annotated

import typer

from matinee.cli.commands.options import JsonOption

app = typer.Typer(help="The keys playback links are signed with.", no_args_is_help=True, rich_markup_mode=None)


@app.command("rotate")
def rotate_keys(
    leaked: Annotated[bool, typer.Option("--leaked", help="Forget every older key: all links stop.")] = False,
    at_once: Annotated[bool, typer.Option("--now", help="Though links of an older key still live.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Sign with a new key from now on; links made before keep working."""
    from matinee import config
    from matinee.cli import keys, library

    if leaked:
        library.show(keys.replace(config.load()), as_json, keys.print_replacement)
    else:
        library.show(keys.rotate(config.load(), at_once=at_once), as_json, keys.print_rotation)

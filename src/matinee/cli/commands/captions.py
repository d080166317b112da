"""`captions add` and `captions remove`. It must not know what they do.

Each body fetches what does the work, and calls it.
"""

from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.commands.options import AssetArgument, JsonOption

app = typer.Typer(help="Add or remove a caption track.", no_args_is_help=True, rich_markup_mode=None)

LanguageArgument = Annotated[str, typer.Argument(metavar="LANG", help="The language's tag: en, pt-BR, zh-Hant.")]


@app.command("add")
def add_captions(
    asset_id: AssetArgument,
    language: LanguageArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="WebVTT or SRT.")],
    as_json: JsonOption = False,
) -> None:
    """Add a caption track, or replace the one in that language."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api

    with open_api(config.load()) as api:
        library.show(library.put_caption(api, asset_id, language, file), as_json, library.print_captions)


@app.command("remove")
def remove_captions(asset_id: AssetArgument, language: LanguageArgument, as_json: JsonOption = False) -> None:
    """Remove a caption track."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        api.delete(path_of("assets", asset_id, "captions", language))
        library.show(api.get(path_of("assets", asset_id)), as_json, library.print_captions)

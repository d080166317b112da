"""`upload`. It must not know what they do.

Each body fetches what does the work, and calls it.
"""

from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.commands.options import CodecsOption, JsonOption, codecs_of

app = typer.Typer(rich_markup_mode=None)


@app.command()
def upload(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", exists=True, dir_okay=False, readable=True, help="What to upload."),
    ],
    title: Annotated[str | None, typer.Option(help="The title. Without it: the file's name.")] = None,
    codecs: CodecsOption = None,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Parts sent at a time.")] = 4,
    wait: Annotated[bool, typer.Option(help="Wait until it is ready, or return once it is sent.")] = True,
    again: Annotated[bool, typer.Option("--again", help="Upload a file anew that was uploaded before.")] = False,
    sha256: Annotated[
        bool, typer.Option("--sha256", help="Announce the whole file's SHA-256 too; reads it once more.")
    ] = False,
    retry_seconds: Annotated[int, typer.Option(min=0, help="How long to wait for a server that is away.")] = 120,
    as_json: JsonOption = False,
) -> None:
    """Upload films. Called again after an interruption on the same file, it goes on where it stopped."""
    from matinee import config
    from matinee.cli import upload as command
    from matinee.cli.client import open_api
    from matinee.cli.output import hint, print_json, say
    from matinee.cli.upload_memory import UploadMemory

    wish = command.UploadWish(
        title=title,
        codecs=codecs_of(codecs),
        parallel=parallel,
        retry_seconds=retry_seconds,
        announce_sum=sha256,
        begin_again=again,
        follow=wait,
    )
    settings = config.load()
    with open_api(settings) as api:
        outcomes = command.upload_files(api, UploadMemory(settings.notes_dir), files, wish)
    if as_json:
        print_json({"items": [outcome.as_json() for outcome in outcomes]})
    else:
        for outcome in outcomes:
            for line in command.advice_on(outcome):
                (say if outcome.error is None else hint)(line)
    raise typer.Exit(command.exit_code_of(outcomes))

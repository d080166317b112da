"""`ingest`, `pause`, `resume`, `approve`, `cancel`: the runs of assets. It must not know what they do.

Each body fetches what does the work, and calls it.
"""

import typer

from matinee.cli.commands.options import AssetArgument, CodecsOption, JsonOption, codecs_of

app = typer.Typer(rich_markup_mode=None)


@app.command()
def ingest(asset_id: AssetArgument, codecs: CodecsOption = None, as_json: JsonOption = False) -> None:
    """Ingest an asset's source again.

    After a failure, with a newer Matinee, or in other codecs.
    It keeps the codecs it has unless some are named; --codecs "" makes them the server's again.
    """
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        wish = None if codecs is None else {"codecs": codecs_of(codecs)}
        library.show(api.post(path_of("assets", asset_id, "ingest"), wish), as_json, library.print_ingest)


@app.command()
def pause(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """Pause an asset's ingest.

    What is finished of it stays, and other assets have the machine.
    """
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        library.show(api.post(path_of("assets", asset_id, "ingest", "pause")), as_json, library.print_pause)


@app.command()
def resume(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """Go on with a paused ingest where it stopped."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        library.show(api.post(path_of("assets", asset_id, "ingest", "resume")), as_json, library.print_resumption)


@app.command()
def approve(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """Let an ingest go on that waits at a limit, whatever it costs."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        library.show(api.post(path_of("assets", asset_id, "ingest", "approve")), as_json, library.print_approval)


@app.command()
def cancel(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """Cancel an asset's ingest.

    Its work goes; the source stays, and so does what was published before.
    """
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        library.show(api.post(path_of("assets", asset_id, "ingest", "cancel")), as_json, library.print_cancellation)

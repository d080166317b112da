"""`list`, `show`, `play`, `link`, `revoke`, `sessions`, `audit`, `expire`, `delete`: the library.

It must not know what they do. Each body fetches what does the work, and calls it.
"""

from typing import Annotated

import typer

from matinee.cli.commands.options import AssetArgument, JsonOption

app = typer.Typer(rich_markup_mode=None)


@app.command("list")
def list_assets(
    status: Annotated[
        str | None,
        typer.Option(help="Only those uploading, queued, processing, playable, ready or failed."),
    ] = None,
    search: Annotated[str | None, typer.Option("--search", "-q", help="Only those with these words.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many of the first.")] = 25,
    order: Annotated[
        str | None, typer.Option("--sort", help="newest (the default), oldest, title, longest or shortest first.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every one, however many.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the library, newest first unless --sort says otherwise."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api

    with open_api(config.load()) as api:
        page = library.page_of_assets(api, status=status, text=search, limit=None if every else limit, order=order)
    library.show(page, as_json, library.print_assets)


@app.command()
def show(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """Show one asset.

    Its state, renditions, captions, and the error when it failed.
    """
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        library.show(api.get(path_of("assets", asset_id)), as_json, library.print_asset)


@app.command()
def play(
    asset_id: AssetArgument,
    ttl: Annotated[
        int | None, typer.Option(min=1, help="The link's life in seconds; the server may shorten it.")
    ] = None,
    viewer: Annotated[str | None, typer.Option(help="Who watches: a name for your own records.")] = None,
    bind_ip: Annotated[
        str | None, typer.Option(help="Only from this address or prefix: 203.0.113.7, 2001:db8::/48.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the watch page in the browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a link for one viewer: it expires, and can be taken back."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    wish = {"ttl_seconds": ttl, "viewer": viewer, "bind_ip": bind_ip}
    with open_api(config.load()) as api:
        playback = api.post(path_of("assets", asset_id, "playback"), wish)
    library.show(playback, as_json, library.print_playback)
    if open_:
        library.open_browser(playback)


@app.command()
def link(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The object's key.")],
    ttl: Annotated[
        int | None, typer.Option(min=1, help="The link's life in seconds; the server may shorten it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a short-lived link to one plain object of the store."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api

    with open_api(config.load()) as api:
        library.show(api.get("/", key=key, ttl=ttl), as_json, library.print_link)


@app.command()
def revoke(
    session_id: Annotated[str, typer.Argument(metavar="SESSION", help="The session's id, ses_…")],
    as_json: JsonOption = False,
) -> None:
    """Take a link back, at once."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        api.delete(path_of("playback", session_id))
    library.show({"session_id": session_id, "revoked": True}, as_json, library.print_revocation)


@app.command()
def sessions(
    asset_id: AssetArgument,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 25,
    as_json: JsonOption = False,
) -> None:
    """List who may watch an asset until when, and who no longer may."""
    from matinee import config
    from matinee.cli import library, records
    from matinee.cli.client import open_api

    with open_api(config.load()) as api:
        page = records.page_of_sessions(api, asset_id, limit=limit)
    library.show(page, as_json, records.print_sessions)


@app.command()
def audit(
    asset: Annotated[str | None, typer.Option(help="Only of this asset, ast_…")] = None,
    session: Annotated[str | None, typer.Option(help="Only of this session, ses_…")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 25,
    as_json: JsonOption = False,
) -> None:
    """List who opened, renewed and revoked which session, and when."""
    from matinee import config
    from matinee.cli import library, records
    from matinee.cli.client import open_api

    with open_api(config.load()) as api:
        page = records.page_of_records(api, asset_id=asset, session_id=session, limit=limit)
    library.show(page, as_json, records.print_records)


@app.command()
def expire(
    asset_id: AssetArgument,
    days: Annotated[int | None, typer.Option(min=1, help="So many days from now.")] = None,
    never: Annotated[bool, typer.Option("--never", help="It stays, unless the server has a rule for all.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Have an asset deleted by itself in some days, or take that back."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    end = library.end_in(days, never=never)
    with open_api(config.load()) as api:
        library.show(api.patch(path_of("assets", asset_id), {"expires_at": end}), as_json, library.print_end)


@app.command()
def delete(
    asset_id: AssetArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Delete nothing: look everywhere for what is left of a deleted asset.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete an asset with everything of it; its links stop."""
    from matinee import config
    from matinee.cli import library, remains
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        if verify:
            found = api.get(path_of("assets", asset_id, "remains"))
            library.show(found, as_json, remains.print_remains)
            remains.check_clean(found)
            return
        if not yes:
            library.confirm_deletion(api, asset_id)
        library.show(api.delete(path_of("assets", asset_id)), as_json, library.print_deletion)

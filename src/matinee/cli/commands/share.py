"""`share make`, `share list`, `share revoke` and `share preview`. It must not know what they do.

Each body fetches what does the work, and calls it.
"""

from typing import Annotated

import typer

from matinee.cli.commands.options import AssetArgument, JsonOption

app = typer.Typer(help="Make share links, list them, take them back.", no_args_is_help=True, rich_markup_mode=None)

DAY = 86_400


@app.command("make")
def make_share(
    asset_id: AssetArgument,
    days: Annotated[int | None, typer.Option(min=1, help="The link's life; 30 when left out.")] = None,
    views: Annotated[
        int | None, typer.Option(min=1, help="How many sessions it opens. Any number when left out.")
    ] = None,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password that whoever opens it must know.")
    ] = False,
    site: Annotated[
        list[str] | None, typer.Option(help="A site that may show it in a frame; give it again for more.")
    ] = None,
    label: Annotated[str, typer.Option(help="A name for your own list.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a link that opens an asset for whoever has it."""
    from matinee import config
    from matinee.cli import library, shares
    from matinee.cli.client import open_api, path_of

    wish = {"label": label, "life_seconds": days and days * DAY, "view_limit": views, "sites": site or []}
    if password:  # asked for, never an argument: those can be read by everybody on the machine
        wish["password"] = shares.asked_password()
    with open_api(config.load()) as api:
        library.show(api.post(path_of("assets", asset_id, "shares"), wish), as_json, shares.print_share)


@app.command("list")
def list_shares(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """List an asset's share links, newest first."""
    from matinee import config
    from matinee.cli import library, shares
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        library.show(api.get(path_of("assets", asset_id, "shares")), as_json, shares.print_shares)


@app.command("revoke")
def revoke_share(
    share_id: Annotated[str, typer.Argument(metavar="SHARE", help="The share link's id, shr_…")],
    as_json: JsonOption = False,
) -> None:
    """Take a share link back, with every session it opened, at once."""
    from matinee import config
    from matinee.cli import library, shares
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        api.delete(path_of("shares", share_id))
    library.show({"share_id": share_id, "revoked": True}, as_json, shares.print_revoked)


@app.command("preview")
def set_preview(
    asset_id: AssetArgument,
    shown: Annotated[
        bool, typer.Option("--on/--off", help="Whether a pasted share link shows title and poster.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Let an asset's share links show title and poster, or not.

    Where a link is pasted, a card with both appears.
    """
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        asset = api.patch(path_of("assets", asset_id), {"public_preview": shown})
    library.show(asset, as_json, library.print_asset)

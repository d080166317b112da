"""`matinee`: every command with its arguments. It must not know what they do: each body fetches one and calls it.

What does the work is imported when its command runs, so that `matinee --help` answers at once.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee import __version__
from matinee.errors import MatineeError

if TYPE_CHECKING:
    from matinee.cli.doctor import Check
    from matinee.config import Settings

HELP = "Private video streaming that anyone can own: upload films, share links that expire, take them back."
EPILOG = "Settings come from the environment: docs/configuration.md. Exit codes: docs/cli.md."

app = typer.Typer(
    name="matinee",
    help=HELP,
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
captions_app = typer.Typer(help="Add or remove a caption track.", no_args_is_help=True, rich_markup_mode=None)
keys_app = typer.Typer(help="The keys playback links are signed with.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(captions_app, name="captions")
app.add_typer(keys_app, name="keys")

AssetArgument = Annotated[str, typer.Argument(metavar="ID", help="The asset's id, ast_…")]
LanguageArgument = Annotated[str, typer.Argument(metavar="LANG", help="The language's tag: en, pt-BR, zh-Hant.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, in the API's shapes.")]


@app.command()
def serve() -> None:
    """Run the whole system on this machine until Ctrl-C."""
    from matinee.cli import serve as command

    command.serve()


@app.command(hidden=True)
def worker(name: Annotated[str, typer.Argument(metavar="NAME", help="The worker's name.")]) -> None:
    """Ingest what is queued; the server starts this by itself."""
    from matinee.cli import worker as command

    command.work(name)


@app.command()
def upload(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", exists=True, dir_okay=False, readable=True, help="What to upload."),
    ],
    title: Annotated[str | None, typer.Option(help="The title. Without it: the file's name.")] = None,
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


@app.command("list")
def list_assets(
    status: Annotated[
        str | None,
        typer.Option(help="Only those uploading, queued, processing, playable, ready or failed."),
    ] = None,
    search: Annotated[str | None, typer.Option("--search", "-q", help="Only those with these words.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 25,
    every: Annotated[bool, typer.Option("--all", help="Every one, however many.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the library, newest first."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api

    with open_api(config.load()) as api:
        page = library.page_of_assets(api, status=status, text=search, limit=None if every else limit)
    library.show(page, as_json, library.print_assets)


@app.command()
def show(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """Show one asset: its state, renditions, captions, and the error when it failed."""
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
def delete(
    asset_id: AssetArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete an asset with everything of it; its links stop."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        if not yes:
            library.confirm_deletion(api, asset_id)
        library.show(api.delete(path_of("assets", asset_id)), as_json, library.print_deletion)


@app.command()
def ingest(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """Ingest an asset's source again, after a failure or with a newer Matinee."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        library.show(api.post(path_of("assets", asset_id, "ingest")), as_json, library.print_ingest)


@app.command()
def pause(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """Pause an asset's ingest: what is finished of it stays, and other assets have the machine."""
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
def cancel(asset_id: AssetArgument, as_json: JsonOption = False) -> None:
    """Cancel an asset's ingest: its work goes; the source stays, and so does what was published before."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        library.show(api.post(path_of("assets", asset_id, "ingest", "cancel")), as_json, library.print_cancellation)


@captions_app.command("add")
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


@captions_app.command("remove")
def remove_captions(asset_id: AssetArgument, language: LanguageArgument, as_json: JsonOption = False) -> None:
    """Remove a caption track."""
    from matinee import config
    from matinee.cli import library
    from matinee.cli.client import open_api, path_of

    with open_api(config.load()) as api:
        api.delete(path_of("assets", asset_id, "captions", language))
        library.show(api.get(path_of("assets", asset_id)), as_json, library.print_captions)


@keys_app.command("rotate")
def rotate_keys(
    leaked: Annotated[bool, typer.Option("--leaked", help="Forget every older key: all links stop.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Sign with a new key from now on; links made before keep working."""
    from matinee import config
    from matinee.cli import keys, library

    if leaked:
        library.show(keys.replace(config.load()), as_json, keys.print_replacement)
    else:
        library.show(keys.rotate(config.load()), as_json, keys.print_rotation)


@app.command()
def login(as_json: JsonOption = False) -> None:
    """Sign in at the deployment MATINEE_URL names, with a browser; the sign-in lasts until `matinee logout`."""
    from matinee import config
    from matinee.cli import login as command
    from matinee.cli.credentials import Credentials
    from matinee.cli.output import hint, print_json, say

    settings = config.load()
    credential = command.sign_in(settings.url, hint, command.browser)
    Credentials(settings.notes_dir).keep(settings.url, credential)
    print_json({"url": settings.url, "signed_in": True}) if as_json else say(f"Signed in at {settings.url}.")


@app.command()
def logout(as_json: JsonOption = False) -> None:
    """Forget who signed in at the deployment MATINEE_URL names."""
    from matinee import config
    from matinee.cli.credentials import Credentials
    from matinee.cli.output import print_json, say

    settings = config.load()
    Credentials(settings.notes_dir).keep(settings.url, None)
    print_json({"url": settings.url, "signed_in": False}) if as_json else say(f"Signed out of {settings.url}.")


@app.command()
def doctor(
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Send a one-second film through the server there, and name what is broken."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check this machine, or with `--url` a whole deployment, and say what to do about what is wrong."""
    from dataclasses import replace

    from matinee import config
    from matinee.cli import doctor as command
    from matinee.cli.output import print_json
    from matinee.errors import KINDS, ErrorCode

    settings = config.load()
    if url is None:
        checks = command.examine(settings)
        if not as_json:
            command.print_checks(checks)
    else:
        checks = _examined(replace(settings, url=url.rstrip("/")), quiet=as_json)
    if as_json:
        print_json(command.as_json(checks))
    fine = all(check.ok for check in checks)
    raise typer.Exit(0 if fine else KINDS[ErrorCode.CHECK_FAILED].exit_code)


def _examined(settings: "Settings", *, quiet: bool) -> "list[Check]":
    from functools import partial

    from matinee.cli import chain
    from matinee.cli.client import open_api
    from matinee.cli.doctor import print_checks
    from matinee.wiring import make_one_second_film

    checks = []
    with open_api(settings) as api:
        for check in chain.examine(api, partial(make_one_second_film, settings)):
            checks.append(check)
            if not quiet:
                print_checks([check])
    return checks


@app.command()
def version(as_json: JsonOption = False) -> None:
    """Print the version."""
    print(json.dumps({"version": __version__}) if as_json else __version__)


def run() -> None:
    """The entry point: one sentence on stderr (with `--json`, an object on stdout) and an exit code for every error."""
    try:
        app()
    except MatineeError as error:
        from matinee.cli.output import hint, print_json

        if "--json" in sys.argv[1:]:
            print_json({"error": {"code": str(error.code), "message": error.detail}})
        else:
            hint(error.detail)
        sys.exit(error.kind.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as shells count

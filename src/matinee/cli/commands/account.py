"""`login`, `token` and `logout`. It must not know what they do.

Each body fetches what does the work, and calls it.
"""

import typer

from matinee.cli.commands.options import JsonOption

app = typer.Typer(rich_markup_mode=None)


@app.command()
def login(as_json: JsonOption = False) -> None:
    """Sign in at the deployment MATINEE_URL names, with a browser.

    The sign-in lasts until `matinee logout`.
    """
    from matinee import config
    from matinee.cli import login as command
    from matinee.cli.credentials import Credentials
    from matinee.cli.output import hint, print_json, say

    settings = config.load()
    credential = command.sign_in(settings.url, hint, command.browser)
    Credentials(settings.notes_dir).keep(settings.url, credential)
    print_json({"url": settings.url, "signed_in": True}) if as_json else say(f"Signed in at {settings.url}.")


@app.command()
def token(as_json: JsonOption = False) -> None:
    """Print the access token for MATINEE_URL, for curl and the like.

    TOKEN=$(matinee token). It is renewed first when it ends soon.
    """
    from matinee import config
    from matinee.cli.client import access_token
    from matinee.cli.output import print_json, say

    settings = config.load()
    found = access_token(settings)
    print_json({"url": settings.url, "token": found}) if as_json else say(found)


@app.command()
def logout(as_json: JsonOption = False) -> None:
    """Forget who signed in at the deployment MATINEE_URL names."""
    from matinee import config
    from matinee.cli.credentials import Credentials
    from matinee.cli.output import print_json, say

    settings = config.load()
    Credentials(settings.notes_dir).keep(settings.url, None)
    print_json({"url": settings.url, "signed_in": False}) if as_json else say(f"Signed out of {settings.url}.")

"""People who sign in at Cognito, as a deployment makes it: a pool, a public client with the code flow, custom scopes.

The emulator serves the pool's own sign-in pages. Its triggers are left out: groups become scopes in `unit/test_claims`
and in the rehearsal.
"""

import html
import re
import secrets
from dataclasses import dataclass

import httpx

from tests.contracts.emulator import Emulator

SCOPES = (
    *("assets:read", "assets:write", "playback:issue", "playback:delegate", "insight:read", "audit:read"),
    "spending:approve",
)
FIELD = re.compile(r'<input[^>]*name="([^"]+)"(?:[^>]*value="([^"]*)")?')


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The pool, and one person in it."""

    settings: dict[str, str]
    name: str
    password: str

    def sign_in(self, address: str, password: str | None = None) -> httpx.Response:
        """What a person does who is sent to `address`: fill in the page, and be sent back. The last answer."""
        with httpx.Client(timeout=30, trust_env=False) as browser:
            page = browser.get(address)
            page.raise_for_status()
            fields = {name: html.unescape(value) for name, value in FIELD.findall(page.text)}
            fields |= {"username": self.name, "password": self.password if password is None else password}
            return browser.post(str(page.url.join("/login")), data=fields, follow_redirects=True)


def new_people(emulator: Emulator, *callbacks: str) -> People:
    """A pool whose client may send people back to `callbacks`."""
    cognito = emulator.root.session().client("cognito-idp", endpoint_url=emulator.root.url)
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    cognito.create_resource_server(
        UserPoolId=pool,
        Identifier="matinee",
        Name="matinee",
        Scopes=[{"ScopeName": scope, "ScopeDescription": scope} for scope in SCOPES],
    )
    scopes = ["openid", *(f"matinee/{scope}" for scope in SCOPES)]
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="pages",
        GenerateSecret=False,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=scopes,
        CallbackURLs=list(callbacks),
        LogoutURLs=list(callbacks),
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]["ClientId"]
    cognito.create_user_pool_domain(Domain=f"people-{secrets.token_hex(4)}", UserPoolId=pool)
    name, password = "ada@example.org", "Correct-horse-7-battery"
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    region = emulator.root.session().region_name
    settings = {
        "sign_in": "oidc",
        "issuer": f"https://cognito-idp.{region}.amazonaws.com/{pool}",
        "client_id": client,
        "scopes": " ".join(scopes),
        "authorization_endpoint": f"{emulator.root.url}/oauth2/authorize",
        "token_endpoint": f"{emulator.root.url}/oauth2/token",
        "end_session_endpoint": f"{emulator.root.url}/logout",
    }
    return People(settings=settings, name=name, password=password)

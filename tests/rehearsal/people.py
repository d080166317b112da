"""People of a deployment: added as its operator adds them, signed in as their browser does (RFC 6749, 4.1; RFC 7636).

It must not know what they may do: the groups and the trigger of the user pool decide that.
"""

import base64
import hashlib
import html
import re
import secrets
from urllib.parse import parse_qs, urlsplit

from tests.rehearsal.deployment import Deployment

FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def add_person(deployment: Deployment, group: str) -> tuple[str, str]:
    """A new person of `group`: address and password. Their first sign-in is behind them."""
    pool = deployment.outputs["user_pool_id"]
    client = deployment.root.session().client("cognito-idp", endpoint_url=deployment.root.url)
    address, password = (
        f"{group}-{secrets.token_hex(4)}@example.org",
        secrets.token_urlsafe(18) + "aA1!",
    )  # the emulator asks for all kinds
    attributes = [{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"}]
    client.admin_create_user(UserPoolId=pool, Username=address, UserAttributes=attributes, MessageAction="SUPPRESS")
    client.admin_set_user_password(UserPoolId=pool, Username=address, Password=password, Permanent=True)
    client.admin_add_user_to_group(UserPoolId=pool, Username=address, GroupName=group)
    return address, password


def sign_in(deployment: Deployment, address: str, password: str, scopes: str | None = None) -> str:
    """An access token with all the scopes the person is given, of all there are or of those asked for."""
    settings = deployment.outputs["sign_in"]
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    callback = f"{deployment.outputs['api_url']}/callback"
    asked = {
        "client_id": settings["client_id"],
        "redirect_uri": callback,
        "response_type": "code",
        "scope": scopes or settings["scopes"],
        "state": secrets.token_urlsafe(12),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    authorize = urlsplit(settings["authorization_endpoint"])
    with deployment.client(authorize.netloc) as browser:
        form = browser.get(authorize.path, params=asked).raise_for_status().text
        hidden = {name: html.unescape(value) for name, value in FIELD.findall(form)}
        sent = browser.post("/login", data=hidden | {"username": address, "password": password})
        back = parse_qs(urlsplit(sent.headers["location"]).query)
        assert back["state"] == [asked["state"]]
        given = {"grant_type": "authorization_code", "client_id": settings["client_id"], "code": back["code"][0]}
        proof = {"redirect_uri": callback, "code_verifier": verifier}
        answer = browser.post(urlsplit(settings["token_endpoint"]).path, data=given | proof)
    return str(answer.raise_for_status().json()["access_token"])

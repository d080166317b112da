"""What the doctor sees of a deployment before it has a film there: pages, sign-in, and who is turned away.

It must not know what stands behind the address.
"""

from matinee.cli.client import Api, Json
from matinee.cli.login import issuer_of
from matinee.cli.visitor import Visitor, broken, origin_of

PAGES = ("/", "/signin", "/watch/ast_doctor", "/docs")
PRIVATE = (("GET", "/v1/assets"), ("POST", "/v1/uploads"), ("GET", "/v1/insight"))
MADE_UP = "d" * 43  # as long as a code verifier must be (RFC 7636, 4.1)


class Front:
    """A deployment as anybody meets it."""

    def __init__(self, api: Api, visitor: Visitor) -> None:
        self._api = api
        self._visitor = visitor

    def pages(self) -> str:
        """Every page comes with its policy (W3C CSP level 3), and says where one signs in."""
        for path in PAGES:
            answer = self._visitor.expect("GET", self._api.url + path, 200)
            if "text/html" not in answer.headers.get("content-type", ""):
                raise broken(f"{path} is not a page; are the pages built and put in place?")
            if not _strict(answer.headers.get("content-security-policy", "")):
                raise broken(f"{path} came without its policy, or a weaker one: something between changes headers.")
            if answer.headers.get("x-content-type-options") != "nosniff":
                raise broken(f"{path} came without 'nosniff': something between changes headers.")
        by = {"oidc": "an identity provider", "token": "the API token"}.get(str(self._settings().get("sign_in")))
        if by is None:
            raise broken("/settings.json does not say how one signs in; put the pages in place again.")
        return f"{len(PAGES)} pages with a strict policy; one signs in by {by}"

    def sign_in(self) -> str:
        """Whether a browser may hand the pages the provider's token (Fetch, "CORS protocol"), by its and their policy.

        A code of nobody's is sent as the pages send one, and is refused; what counts is that they may read the refusal.
        """
        if self._settings().get("sign_in") != "oidc":
            return "by the API token; there is no identity provider to ask"
        issuer, origin = issuer_of(self._api.url), origin_of(self._api.url)
        endpoint = issuer.token_endpoint
        policy = self._visitor.expect("GET", f"{self._api.url}/callback", 200).headers["content-security-policy"]
        if origin_of(endpoint) not in policy:
            raise broken(f"the pages' policy keeps them from {origin_of(endpoint)}: nobody can sign in on the site.")
        asked = {
            "grant_type": "authorization_code",
            "client_id": issuer.client_id,
            "code": MADE_UP,
            "redirect_uri": f"{origin}/callback",
            "code_verifier": MADE_UP,
        }
        answer = self._visitor.ask("POST", endpoint, data=asked, headers={"Origin": origin})
        if answer.is_success:
            raise broken(f"{origin_of(endpoint)} took a made-up code for a sign-in.")
        wish = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        preflight = self._visitor.ask("OPTIONS", endpoint, headers=wish)
        if not {each.headers.get("access-control-allow-origin") for each in (answer, preflight)} & {origin, "*"}:
            raise broken(f"{origin_of(endpoint)} lets no page of {origin} read its answers: name that origin there.")
        return f"{origin_of(endpoint)} answers the pages, and refuses a made-up code"

    def strangers(self) -> str:
        """Nobody reaches the API without a token, or with one of their own making."""
        for credential in ({}, {"Authorization": f"Bearer {MADE_UP}"}):
            for method, path in PRIVATE:
                status = self._visitor.ask(method, self._api.url + path, headers=credential).status_code
                if status != 401:
                    raise broken(f"{method} {path} answered {status} to somebody without a token, not 401.")
        return f"the API refused {2 * len(PRIVATE)} calls without a token, or with a made-up one"

    def _settings(self) -> Json:
        answer = self._visitor.expect("GET", f"{self._api.url}/settings.json", 200)
        try:
            found = answer.json()
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {}


def _strict(policy: str) -> bool:
    return "default-src 'none'" in policy and "unsafe" not in policy

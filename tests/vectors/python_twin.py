"""What the Python verifier says to a case: the local edge's path handling, then `domain.token`. Nothing is served."""

from matinee.domain.token import check, read
from matinee.errors import MatineeError
from matinee.http.delivery import split_token
from tests.vectors.description import Case, keys_of, leniency_of


def python_answer(case: Case) -> str:
    """ "ok", or the code of the denial."""
    token, path = split_token(case["uri"].encode("utf-8", "surrogatepass"))
    try:
        claims = read(token, keys_of(case))
        revoked = case["revoked"]
        check(claims, path=path, address=case["address"], now=case["now"], revoked=lambda session: session in revoked)
    except MatineeError as error:
        spared = leniency_of(case).spares(error.code, path) if keys_of(case) else None
        return str(error.code) if spared is None else "ok"
    return "ok"

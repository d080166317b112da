"""What the one function that signs links is made of. It imports nothing slow, and must not decide anything."""

from matinee.adapters.aws.signed_objects import SignedObjects
from matinee.adapters.aws.sigv4 import Signer
from matinee.adapters.local.system_clock import SystemClock
from matinee.config import AwsCaller, Settings, require
from matinee.services.access import ClaimsAccess
from matinee.services.links import LinkPolicy, ObjectLinks


def open_links(settings: Settings, caller: AwsCaller) -> ObjectLinks:
    """Links to the plain objects of the bucket. Raises `setting_invalid`."""
    require(settings, "bucket")
    signer = Signer(
        key_id=caller.key_id, secret=caller.secret, session_token=caller.session_token, region=caller.region
    )
    policy = LinkPolicy(default_ttl_seconds=settings.link_ttl_seconds, max_ttl_seconds=settings.link_max_ttl_seconds)
    objects = SignedObjects(settings.bucket or "", signer, caller.endpoint_url, SystemClock().now)
    return ObjectLinks(objects, policy)


def open_access(settings: Settings) -> ClaimsAccess | None:
    """Who may ask; None when the deployment lets everybody."""
    return None if settings.open_links else ClaimsAccess(settings.scope_prefix)

"""The one closed set of errors. It must not know HTTP frameworks, AWS or ffmpeg: adapters translate into it.

Everything that can go wrong and reach a person has a stable code here, and one row in `KINDS` says what that means
to each surface: the HTTP status (RFC 9110), the exit code of the command line and whether a pipeline may try again.

    MatineeError(code, "what happened, to what, what to do next")
      .kind.status      HTTP answer, rendered as a problem document (RFC 9457)
      .kind.exit_code   0 is success, 2 is wrong usage; the rest is the table below
      .kind.retry       True when the same call may succeed later without anyone changing anything

Exit codes: 3 not found · 4 not allowed · 5 in the way (state, conflict) · 6 bad input · 7 try again later ·
8 the media cannot be used · 1 anything else.
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Stable names: clients, vectors and alarms lean on them. Add; never rename."""

    # who is calling
    CREDENTIAL_MISSING = "credential_missing"
    CREDENTIAL_INVALID = "credential_invalid"
    SCOPE_MISSING = "scope_missing"
    ORIGIN_REFUSED = "origin_refused"
    # what was asked
    FIELD_INVALID = "field_invalid"
    BODY_TOO_LARGE = "body_too_large"
    HEAD_TOO_LARGE = "head_too_large"
    TOO_MANY_REQUESTS = "too_many_requests"
    ROUTE_NOT_FOUND = "route_not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    # assets
    ASSET_NOT_FOUND = "asset_not_found"
    ASSET_DELETED = "asset_deleted"
    ASSET_CHANGED = "asset_changed"
    ASSET_NOT_PLAYABLE = "asset_not_playable"
    ASSET_STATE = "asset_state"
    CAPTION_INVALID = "caption_invalid"
    CAPTION_NOT_FOUND = "caption_not_found"
    # uploads and objects
    UPLOAD_NOT_FOUND = "upload_not_found"
    UPLOAD_INCOMPLETE = "upload_incomplete"
    UPLOAD_STATE = "upload_state"
    UPLOAD_EXPIRED = "upload_expired"
    PART_INVALID = "part_invalid"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    OBJECT_NOT_FOUND = "object_not_found"
    KEY_INVALID = "key_invalid"
    KEY_RESERVED = "key_reserved"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    LINK_INVALID = "link_invalid"
    LINK_EXPIRED = "link_expired"
    # playback
    SESSION_NOT_FOUND = "session_not_found"
    SESSION_ENDED = "session_ended"
    SESSION_REVOKED = "session_revoked"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - a code, not a credential
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 - the same
    TOKEN_SIGNATURE = "token_signature"  # noqa: S105 - the same
    TOKEN_NOT_YET = "token_not_yet"  # noqa: S105 - the same
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - the same
    TOKEN_PATH = "token_path"  # noqa: S105 - the same
    TOKEN_IP = "token_ip"  # noqa: S105 - the same
    GATE_NOT_READY = "gate_not_ready"
    KEYS_IN_USE = "keys_in_use"
    # webhooks
    WEBHOOK_NOT_FOUND = "webhook_not_found"
    EVENT_NOT_FOUND = "event_not_found"
    # share links
    SHARE_NOT_FOUND = "share_not_found"
    SHARE_ENDED = "share_ended"
    SHARE_USED_UP = "share_used_up"
    SHARE_REVOKED = "share_revoked"
    SHARE_PASSWORD_MISSING = "share_password_missing"  # noqa: S105 - a code, not a credential
    SHARE_PASSWORD_WRONG = "share_password_wrong"  # noqa: S105 - the same
    PREVIEW_PRIVATE = "preview_private"
    FORMAT_UNKNOWN = "format_unknown"
    # media: why an ingest failed
    SOURCE_UNREADABLE = "source_unreadable"
    SOURCE_EMPTY = "source_empty"
    SOURCE_NO_MEDIA = "source_no_media"
    SOURCE_TRUNCATED = "source_truncated"
    SOURCE_UNSUPPORTED = "source_unsupported"
    SOURCE_MISSING = "source_missing"
    ENCODE_FAILED = "encode_failed"
    OUTPUT_INCOMPLETE = "output_incomplete"
    RUN_STALLED = "run_stalled"
    RUN_SUPERSEDED = "run_superseded"
    RUN_CANCELLED = "run_cancelled"
    RUN_OVER = "run_over"
    # what a run waits for a person by
    LIMIT_COST = "limit_cost"
    LIMIT_MINUTES = "limit_minutes"
    LIMIT_STORED = "limit_stored"
    # the machine
    STORE_FULL = "store_full"
    STORE_UNAVAILABLE = "store_unavailable"
    CATALOG_CONFLICT = "catalog_conflict"
    CATALOG_UNAVAILABLE = "catalog_unavailable"
    KEYS_UNAVAILABLE = "keys_unavailable"
    EDGE_UNAVAILABLE = "edge_unavailable"
    SETTING_INVALID = "setting_invalid"
    ALREADY_RUNNING = "already_running"
    SERVER_UNREACHABLE = "server_unreachable"
    CHECK_FAILED = "check_failed"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """What one code means to HTTP, to a shell and to a pipeline, and its title (the same for every occurrence)."""

    status: int
    exit_code: int
    title: str
    retry: bool = False


KINDS: dict[ErrorCode, ErrorKind] = {
    ErrorCode.CREDENTIAL_MISSING: ErrorKind(401, 4, "No credential"),
    ErrorCode.CREDENTIAL_INVALID: ErrorKind(401, 4, "Credential not accepted"),
    ErrorCode.SCOPE_MISSING: ErrorKind(403, 4, "Not allowed"),
    ErrorCode.ORIGIN_REFUSED: ErrorKind(403, 4, "Request from another site"),
    ErrorCode.FIELD_INVALID: ErrorKind(422, 6, "Field not accepted"),
    ErrorCode.BODY_TOO_LARGE: ErrorKind(413, 6, "Body too large"),
    ErrorCode.HEAD_TOO_LARGE: ErrorKind(431, 6, "Address or headers too large"),
    ErrorCode.TOO_MANY_REQUESTS: ErrorKind(429, 7, "Too many requests", retry=True),
    ErrorCode.ROUTE_NOT_FOUND: ErrorKind(404, 3, "No such address"),
    ErrorCode.METHOD_NOT_ALLOWED: ErrorKind(405, 6, "Method not allowed"),
    ErrorCode.IDEMPOTENCY_KEY_REUSED: ErrorKind(422, 6, "Idempotency key used for another request"),
    ErrorCode.IDEMPOTENCY_IN_PROGRESS: ErrorKind(409, 7, "The same request is still running", retry=True),
    ErrorCode.ASSET_NOT_FOUND: ErrorKind(404, 3, "No such asset"),
    ErrorCode.ASSET_DELETED: ErrorKind(410, 3, "Asset deleted"),
    ErrorCode.ASSET_CHANGED: ErrorKind(412, 5, "Asset changed since it was read"),
    ErrorCode.ASSET_NOT_PLAYABLE: ErrorKind(409, 5, "Asset not playable yet"),
    ErrorCode.ASSET_STATE: ErrorKind(409, 5, "Not possible in the asset's state"),
    ErrorCode.CAPTION_INVALID: ErrorKind(422, 6, "Caption file not accepted"),
    ErrorCode.CAPTION_NOT_FOUND: ErrorKind(404, 3, "No such caption track"),
    ErrorCode.UPLOAD_NOT_FOUND: ErrorKind(404, 3, "No such upload"),
    ErrorCode.UPLOAD_INCOMPLETE: ErrorKind(409, 5, "Upload incomplete"),
    ErrorCode.UPLOAD_STATE: ErrorKind(409, 5, "Not possible in the upload's state"),
    ErrorCode.UPLOAD_EXPIRED: ErrorKind(410, 5, "Upload expired"),
    ErrorCode.PART_INVALID: ErrorKind(422, 6, "Part not accepted"),
    ErrorCode.CHECKSUM_MISMATCH: ErrorKind(422, 6, "Checksum does not match"),
    ErrorCode.OBJECT_NOT_FOUND: ErrorKind(404, 3, "No such object"),
    ErrorCode.KEY_INVALID: ErrorKind(422, 6, "Key not accepted"),
    ErrorCode.KEY_RESERVED: ErrorKind(403, 4, "Key is reserved"),
    ErrorCode.RANGE_NOT_SATISFIABLE: ErrorKind(416, 6, "Range not satisfiable"),
    ErrorCode.LINK_INVALID: ErrorKind(403, 4, "Link not accepted"),
    ErrorCode.LINK_EXPIRED: ErrorKind(403, 4, "Link expired"),
    ErrorCode.SESSION_NOT_FOUND: ErrorKind(404, 3, "No such playback session"),
    ErrorCode.SESSION_ENDED: ErrorKind(401, 4, "Playback session ended"),
    ErrorCode.SESSION_REVOKED: ErrorKind(410, 4, "Playback session revoked"),
    ErrorCode.TOKEN_MISSING: ErrorKind(401, 4, "No playback token"),
    ErrorCode.TOKEN_MALFORMED: ErrorKind(401, 4, "Playback token malformed"),
    ErrorCode.TOKEN_SIGNATURE: ErrorKind(401, 4, "Playback token not signed by this deployment"),
    ErrorCode.TOKEN_NOT_YET: ErrorKind(403, 4, "Playback token not valid yet"),
    ErrorCode.TOKEN_EXPIRED: ErrorKind(401, 4, "Playback token expired"),
    ErrorCode.TOKEN_PATH: ErrorKind(403, 4, "Playback token is for another asset"),
    ErrorCode.TOKEN_IP: ErrorKind(403, 4, "Playback token is bound to another address"),
    ErrorCode.KEYS_IN_USE: ErrorKind(409, 5, "Signing key still in use"),
    ErrorCode.GATE_NOT_READY: ErrorKind(503, 7, "No signing key yet", retry=True),
    ErrorCode.WEBHOOK_NOT_FOUND: ErrorKind(404, 3, "No such webhook"),
    ErrorCode.EVENT_NOT_FOUND: ErrorKind(404, 3, "No such event"),
    ErrorCode.SHARE_NOT_FOUND: ErrorKind(404, 3, "No such share link"),
    ErrorCode.SHARE_ENDED: ErrorKind(410, 4, "Share link ended"),
    ErrorCode.SHARE_USED_UP: ErrorKind(410, 4, "Share link used up"),
    ErrorCode.SHARE_REVOKED: ErrorKind(410, 4, "Share link revoked"),
    ErrorCode.SHARE_PASSWORD_MISSING: ErrorKind(401, 4, "Password needed"),
    ErrorCode.SHARE_PASSWORD_WRONG: ErrorKind(401, 4, "Password not accepted"),
    ErrorCode.PREVIEW_PRIVATE: ErrorKind(401, 4, "Nothing to show to everybody"),
    ErrorCode.FORMAT_UNKNOWN: ErrorKind(501, 6, "Format not offered"),
    ErrorCode.SOURCE_UNREADABLE: ErrorKind(422, 8, "Not a media file"),
    ErrorCode.SOURCE_EMPTY: ErrorKind(422, 8, "Empty file"),
    ErrorCode.SOURCE_NO_MEDIA: ErrorKind(422, 8, "No video or audio in the file"),
    ErrorCode.SOURCE_TRUNCATED: ErrorKind(422, 8, "File is cut off"),
    ErrorCode.SOURCE_UNSUPPORTED: ErrorKind(422, 8, "Format not supported"),
    ErrorCode.SOURCE_MISSING: ErrorKind(422, 8, "Source is gone"),
    ErrorCode.ENCODE_FAILED: ErrorKind(500, 8, "Encoding failed", retry=True),
    ErrorCode.OUTPUT_INCOMPLETE: ErrorKind(500, 8, "Output incomplete", retry=True),
    ErrorCode.RUN_STALLED: ErrorKind(500, 8, "Ingest did not finish", retry=True),
    ErrorCode.RUN_SUPERSEDED: ErrorKind(409, 5, "Run superseded"),
    ErrorCode.RUN_CANCELLED: ErrorKind(409, 5, "Ingest cancelled"),
    ErrorCode.RUN_OVER: ErrorKind(409, 5, "No ingest under way"),
    ErrorCode.LIMIT_COST: ErrorKind(409, 5, "Film costs more than allowed"),
    ErrorCode.LIMIT_MINUTES: ErrorKind(409, 5, "Month's minutes used up"),
    ErrorCode.LIMIT_STORED: ErrorKind(409, 5, "Library is full"),
    ErrorCode.STORE_FULL: ErrorKind(507, 7, "No space left", retry=True),
    ErrorCode.STORE_UNAVAILABLE: ErrorKind(503, 7, "Object store unavailable", retry=True),
    ErrorCode.CATALOG_CONFLICT: ErrorKind(409, 7, "Changed at the same time", retry=True),
    ErrorCode.CATALOG_UNAVAILABLE: ErrorKind(503, 7, "Catalog unavailable", retry=True),
    ErrorCode.KEYS_UNAVAILABLE: ErrorKind(503, 7, "Signing keys unavailable", retry=True),
    ErrorCode.EDGE_UNAVAILABLE: ErrorKind(503, 7, "The gate's store unavailable", retry=True),
    ErrorCode.SETTING_INVALID: ErrorKind(500, 6, "Setting not accepted"),
    ErrorCode.ALREADY_RUNNING: ErrorKind(409, 5, "Already running"),
    ErrorCode.SERVER_UNREACHABLE: ErrorKind(503, 7, "Server unreachable", retry=True),
    ErrorCode.CHECK_FAILED: ErrorKind(500, 1, "A check failed"),
    ErrorCode.INTERNAL: ErrorKind(500, 1, "Internal error", retry=True),
}


class MatineeError(Exception):
    """One thing that went wrong, in a sentence a person can act on.

    `detail` says what happened, to what, and what to do next. It never holds a token, a signed link or a key.
    `retry_after_seconds` is when to ask again, where that is known.
    """

    def __init__(self, code: ErrorCode, detail: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds

    def __reduce__(self) -> tuple[type["MatineeError"], tuple[ErrorCode, str, int | None]]:
        """Whole from one process to another: an exception is otherwise made again from its text alone."""
        return MatineeError, (self.code, self.detail, self.retry_after_seconds)

    @property
    def kind(self) -> ErrorKind:
        """What the code means to HTTP, to a shell and to a pipeline."""
        return KINDS[self.code]

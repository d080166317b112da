"""Every setting, read from the environment once. It alone reads the environment; it must not make clients.

Each field of `Settings` is one variable, `MATINEE_` and its name in capitals; `docs/configuration.md` is made from
this table (`matinee.config.document`), and a test holds the page to it.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from matinee.errors import ErrorCode, MatineeError

PREFIX = "MATINEE_"
Codec = Literal["h264", "hevc", "av1"]
CODECS: tuple[Codec, ...] = ("h264", "hevc", "av1")
ASSET_ID = re.compile(r"ast_[0-9a-z]{20}\Z", re.ASCII)
MAX_PUBLIC_ASSETS = 20  # domain.leniency says why
ON_AWS = "On AWS, set by the deployment. "


def _level(value: str) -> str:
    if value not in ("auto", "debug", "info", "warning", "error"):
        raise ValueError("auto, debug, info, warning or error")
    return value


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value) if value.strip().lstrip("-").isdecimal() else low - 1
        if not low <= number <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return number

    return parse


def _amount(most: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", value) or float(value) > most:
            raise ValueError(f"an amount from 0 to {most:,.0f}, such as 2.50")
        return float(value)

    return parse


def _yes(value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError("0 or 1")
    return value == "1"


def _folder(value: str) -> Path:
    if not value.strip():
        raise ValueError("the path of a folder")
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:
        raise ValueError("the path of a folder; nobody here has the home that its ~ names") from None


def _site(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an address such as https://films.example.org")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if urlsplit(_site(value)).path:
        raise ValueError("an address without a path, such as https://films.example.org: links would lose the path")
    return _site(value)


def _origins(value: str) -> tuple[str, ...]:
    return tuple(_origin(each).lower() for each in _codes(value))


def _address(value: str) -> str:
    if value != "localhost":
        import ipaddress  # noqa: PLC0415 - two milliseconds, which no function on AWS has to spend

        ipaddress.ip_address(value)
    return value


def _token(value: str) -> str:
    if len(value) < 16 or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("16 or more printable ASCII characters without spaces")
    return value


def _codecs(value: str) -> tuple[str, ...]:
    given = _codes(value)
    if set(given) - set(CODECS):
        raise ValueError("h264, hevc and av1, separated by commas")
    return tuple(codec for codec in CODECS if codec in given or codec == "h264")


def _arn(value: str) -> str:
    if value.count(":") < 5 or not value.startswith("arn:"):
        raise ValueError("an ARN such as arn:aws:states:eu-central-1:123456789012:stateMachine:matinee")
    return value


def _name(value: str) -> str:
    if not value.strip() or value != value.strip():
        raise ValueError("a name without blanks around it")
    return value


def _prefix(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("printable ASCII characters without spaces")
    return value


def _codes(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _proxies(value: str) -> tuple[str, ...]:
    """Addresses and networks; not everybody, whose word on where they are is what proxies are asked for."""
    import ipaddress  # noqa: PLC0415 - as in `_address`

    try:
        if all(ipaddress.ip_network(part).prefixlen for part in _codes(value)):
            return _codes(value)
    except ValueError:
        pass
    raise ValueError("addresses or networks such as 10.0.0.1 or 10.1.0.0/16, separated by commas; not everybody's")


def _networks(value: str) -> tuple[str, ...]:
    import ipaddress  # noqa: PLC0415 - as in `_address`

    try:
        return tuple(str(ipaddress.ip_network(part)) for part in _codes(value))
    except ValueError:
        raise ValueError("networks such as 10.1.0.0/16 or ::1/128, separated by commas") from None


def _mode(value: str) -> str:
    if value not in ("enforce", "log"):
        raise ValueError("enforce or log")
    return value


def _films(value: str) -> tuple[str, ...]:
    given = _codes(value)
    if len(given) > MAX_PUBLIC_ASSETS or not all(ASSET_ID.match(each) for each in given):
        raise ValueError(
            f"up to {MAX_PUBLIC_ASSETS} ids of assets such as ast_0123456789abcdefghjk, separated by commas"
        )
    return given


def _setting(default: Any, parse: Callable[[str], Any], says: str) -> Any:
    return field(default=default, metadata={"parse": parse, "says": says})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What this process was told. Built from the environment by `load`, or field by field in tests."""

    host: str = _setting(
        "127.0.0.1", _address, "The address the server listens on. Anything but loopback is reachable by others."
    )
    port: int = _setting(8000, _whole(0, 65535), "The port the server listens on; 0 takes a free one.")
    data_dir: Path = _setting(Path("data"), _folder, "Where everything is kept: objects, catalog, keys, token.")
    token: str | None = _setting(
        None,
        _token,
        "The API token. Unset: the one in `$MATINEE_DATA_DIR/token`, made at the first start. For the command line, the token it sends.",
    )
    url: str = _setting("http://127.0.0.1:8000", _site, "The server the command line talks to.")
    public_url: str | None = _setting(
        None,
        _origin,
        "The address viewers reach the server by, when it is behind a proxy. Unset: what each request names.",
    )
    web_dir: Path | None = _setting(None, _folder, "The built web pages. Unset: `web/dist` of the clone.")
    demo: bool = _setting(
        default=True, parse=_yes, says="1: on an empty data directory, make a 20-second clip and publish it. 0: do not."
    )
    workers: int = _setting(
        1,
        _whole(0, 64),
        "Ingest worker processes. One holds many films at once and keeps every core busy with them, at low priority;"
        " more are of use only to keep films apart. 0: none (uploads wait).",
    )
    encoders: int = _setting(
        0,
        _whole(0, 256),
        "Parts of films each worker encodes at once, whatever the number of films: the bound of its memory, about 400 MB"
        " each for 1080p, 800 MB more for HEVC and 1 GB more for AV1, four times all that for 4K."
        " 0: the machine's cores divided by `MATINEE_WORKERS`, fewer where memory would not do.",
    )
    codecs: tuple[Codec, ...] = _setting(
        ("h264",),
        _codecs,
        "What films are encoded in: `h264`, which is always there, and beside it `hevc`, `av1` or both, separated by"
        " commas. Players that know one of those download about a third less; AV1 takes twice as long to encode as"
        " H.264, HEVC four times, each on top of it.",
    )
    limit_minutes_a_month: int = _setting(
        0,
        _whole(0, 10_000_000),
        "Minutes of film that are ingested in a month (UTC) without asking; a film beyond waits for a person to approve"
        " it, and nothing is spent. 0: no limit.",
    )
    limit_hours_stored: int = _setting(
        0,
        _whole(0, 1_000_000),
        "Hours of film the library holds before a further film waits in the same way. 0: no limit.",
    )
    limit_usd_a_film: float = _setting(
        0.0,
        _amount(100_000),
        "Dollars the ingest of one film may cost, by AWS's prices, before it waits in the same way. 0: no limit.",
    )
    trusted_proxies: tuple[str, ...] = _setting(
        (),
        _proxies,
        "Addresses or networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, separated by commas.",
    )
    ffmpeg: Path | None = _setting(None, _folder, "Another ffmpeg than the one that comes with the package.")
    ffprobe: Path | None = _setting(None, _folder, "Another ffprobe than the one that comes with the package.")
    playback_ttl_seconds: int = _setting(3600, _whole(1, 86_400), "A playback token's life when none is asked for.")
    playback_max_ttl_seconds: int = _setting(21_600, _whole(1, 86_400), "The longest life of a playback token.")
    session_seconds: int = _setting(86_400, _whole(60, 31_536_000), "How long a playback session can be renewed.")
    sessions_per_viewer: int = _setting(
        0,
        _whole(0, 1000),
        "How many sessions of one named viewer may live at once; a new one ends the oldest. 0: any number.",
    )
    caller_requests_per_minute: int = _setting(
        6000,
        _whole(0, 1_000_000),
        "Requests of one signed-in caller in a minute, all at once if they like; one more then waits its turn (429 with"
        " `Retry-After`). The API token is one caller: raise it where a program opens sessions for many viewers. 0: any"
        " number.",
    )
    address_requests_per_minute: int = _setting(
        3000,
        _whole(0, 1_000_000),
        "The same for one address (in IPv6 one /64) without sign-in: renewals, beacons, share links. A viewer makes some"
        " three a minute, so a thousand may watch behind one address. 0: any number.",
    )
    wrong_tries: int = _setting(
        20,
        _whole(0, 10_000),
        "Wrong passwords for one share link, and wrong sign-ins, from one address in ten minutes; right ones do not"
        " count. 0: any number.",
    )
    audit_days: int = _setting(
        90, _whole(1, 3650), "Days it is remembered who opened, renewed and revoked which session (`GET /v1/audit`)."
    )
    gate_mode: str = _setting(
        "enforce",
        _mode,
        "`enforce`, or while Matinee is put before players that have no tokens yet `log`: what would be denied is written"
        " to the log and served. Everybody who knows a film's address can watch it then.",
    )
    public_assets: tuple[str, ...] = _setting(
        (),
        _films,
        "Ids of films that anybody may watch who has an address of theirs, a trailer say, separated by commas: `ast_…`."
        f" {MAX_PUBLIC_ASSETS} at most.",
    )
    link_ttl_seconds: int = _setting(
        3600, _whole(1, 604_800), "Life of a link to one object and of a part's link, when none is asked for."
    )
    link_max_ttl_seconds: int = _setting(43_200, _whole(1, 604_800), "The longest life of a link to one object.")
    cors_origins: tuple[str, ...] = _setting(
        (),
        _origins,
        "Other sites whose pages may call the API from a browser, with a token of their own (a player of yours that"
        " renews and sends beacons, say), separated by commas: `https://www.example.org`. Cookies do not count there."
        " Films' files can be read by pages anywhere, by whoever has a token; embedding needs no entry here.",
    )
    share_max_days: int = _setting(
        365, _whole(1, 3650), "The longest life of a share link, in days; 30 when none is asked for."
    )
    upload_days: int = _setting(7, _whole(1, 365), "Days an unfinished upload is kept.")
    inbox_settle_seconds: int = _setting(
        5, _whole(1, 3600), "How long a file in `inbox/` must stay unchanged before it is ingested."
    )
    webhook_allow_cidrs: tuple[str, ...] = _setting(
        (),
        _networks,
        "Networks of yours that webhooks may lead to, separated by commas; without TLS there too. Every other private,"
        " local or reserved address is refused, whatever name leads to it.",
    )
    event_days: int = _setting(
        30, _whole(2, 365), "Days that events and what webhooks were told are kept, and can be told again."
    )
    ffmpeg_stall_seconds: int = _setting(
        300, _whole(10, 3600), "How long ffmpeg may go without progress before it is ended and tried again."
    )
    stall_percent: int = _setting(
        5,
        _whole(1, 100),
        "From this share of the time on, in percent, for which a film stood still within a quarter of an hour, its viewers"
        ' are said to complain (docs/operate.md, "Viewers complain").',
    )
    asset_days: int = _setting(
        0,
        _whole(0, 36_500),
        "Days after which an asset is deleted, unless it has an end of its own (`expires_at`). 0: none is.",
    )
    keep_sources: bool = _setting(
        default=True,
        parse=_yes,
        says="0: an original is removed once its film is `ready` and nobody can watch what was put together from it;"
        " the film cannot be ingested again then.",
    )
    insight_days: int = _setting(
        400, _whole(1, 3650), "Days that what was watched is kept: sums by asset and day, of nobody in particular."
    )
    viewer_hours: int = _setting(
        48,
        _whole(1, 8760),
        "Hours that the hash of a viewer and the name of a view are kept. A view that was paused for longer counts as a"
        " new one; under 24, who comes back on the same day may count as another viewer.",
    )
    quality_minutes: int = _setting(
        60,
        _whole(20, 10_080),
        "Minutes that it is kept how each film plays, in sums of five minutes, of nobody in particular; the last twenty"
        " are what `matinee insight --now` and its alarm look at.",
    )
    state_dir: Path | None = _setting(
        None, _folder, "Where the command line remembers uploads under way. Unset: `~/.local/state/matinee`."
    )
    log_level: str = _setting(
        "auto",
        _level,
        "How much the server tells: `debug`, `info`, `warning` or `error`; `auto` is `warning` at a terminal, else `info`.",
    )

    bucket: str | None = _setting(None, _name, ON_AWS + "The media bucket.")
    table: str | None = _setting(None, _name, ON_AWS + "The catalog's DynamoDB table.")
    deliveries_queue_url: str | None = _setting(
        None, _site, ON_AWS + "The queue whose messages call the sender of webhooks."
    )
    state_machine_arn: str | None = _setting(None, _arn, ON_AWS + "The Step Functions workflow that ingests.")
    secret_arn: str | None = _setting(None, _arn, ON_AWS + "The secret that holds the signing keys.")
    key_value_store_arn: str | None = _setting(
        None, _arn, ON_AWS + "The CloudFront KeyValueStore that tells the gate of keys and revoked sessions."
    )
    key_settle_seconds: int = _setting(
        60,
        _whole(0, 90),
        ON_AWS + "How long a rotation waits between telling the gate of a key and signing with it; every edge and"
        " every function must have learnt of it by then.",
    )
    distribution_id: str | None = _setting(
        None, _name, ON_AWS + "The CloudFront distribution, whose caches a deletion clears."
    )
    noncurrent_days: int = _setting(
        30, _whole(1, 3650), ON_AWS + "Days a deleted or overwritten object can still be brought back."
    )
    purge_deleted: bool = _setting(
        default=False,
        parse=_yes,
        says=ON_AWS + "1: a deletion removes old versions of objects at once, so that nothing can be brought back.",
    )
    replica_region: str | None = _setting(
        None, _name, ON_AWS + "The second Region, with a copy of the streams, which a look for remains looks into."
    )
    replica_bucket: str | None = _setting(None, _name, ON_AWS + "The bucket there.")
    scope_prefix: str = _setting(
        "matinee/", _prefix, ON_AWS + "What stands before a scope's name in the tokens of the issuer."
    )
    open_links: bool = _setting(
        default=False,
        parse=_yes,
        says=ON_AWS + "1: `GET /?key=` signs a link for whoever asks, without sign-in. For a demonstration only.",
    )

    @property
    def notes_dir(self) -> Path:
        """`state_dir`, or its place in the home directory."""
        return self.state_dir or Path.home() / ".local" / "state" / "matinee"


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in `environment` (None: this process's own).

    Raises `setting_invalid` naming the variable, what it takes and what to do; an unknown `MATINEE_…` variable is
    refused too, since a misspelt setting is a setting lost.
    """
    given = os.environ if environment is None else environment
    known = {PREFIX + item.name.upper(): item for item in fields(Settings)}
    for name in given:
        if name.startswith(PREFIX) and name not in known:
            sentence = f"{name} is not a setting of Matinee; see docs/configuration.md for their names, or unset it."
            raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    values: dict[str, Any] = {}
    for name, item in known.items():
        if name in given and given[name] != "":
            values[item.name] = _parsed(name, given[name], item.metadata["parse"])
    values.setdefault("data_dir", Path("data").absolute())
    return Settings(**values)


def _parsed(name: str, value: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(value)
    except ValueError as error:
        shown = "its value" if name.endswith("TOKEN") else repr(value)
        sentence = f"{name}: {shown} is not accepted; it takes {error}."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCaller:
    """As whom a function calls AWS, and where: what Lambda puts into its environment."""

    key_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(repr=False)
    region: str
    endpoint_url: str | None


def aws_caller(environment: Mapping[str, str] | None = None) -> AwsCaller:
    """The caller in `environment` (None: this process's own). Raises `setting_invalid` outside of a function."""
    given = os.environ if environment is None else environment
    try:
        return AwsCaller(
            key_id=given["AWS_ACCESS_KEY_ID"],
            secret=given["AWS_SECRET_ACCESS_KEY"],
            session_token=given.get("AWS_SESSION_TOKEN") or None,
            region=given.get("AWS_REGION") or given["AWS_DEFAULT_REGION"],
            endpoint_url=given.get("AWS_ENDPOINT_URL_S3") or given.get("AWS_ENDPOINT_URL") or None,
        )
    except KeyError as missing:
        sentence = f"{missing} must be set: this part of Matinee runs as a Lambda function, which sets it."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from None


def require(settings: Settings, *names: str) -> None:
    """Raises `setting_invalid` naming every one of these fields that has no value."""
    missing = [PREFIX + name.upper() for name in names if getattr(settings, name) in (None, "")]
    if missing:
        sentence = f"{', '.join(missing)} must be set: this part of Matinee runs on AWS; the deployment sets them."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)


def document() -> str:
    """`docs/configuration.md`, made from the table above."""
    rows = [
        "# Configuration",
        "",
        "Every setting is an environment variable; the defaults suit one machine. This page is made from"
        " `src/matinee/config.py` by `make docs`; an unknown `MATINEE_…` variable stops the start with a sentence.",
        "",
        "| variable | default | what it is |",
        "|---|---|---|",
    ]
    rows += [
        f"| `{PREFIX}{item.name.upper()}` | {_default(item.default)} | {item.metadata['says']} |"
        for item in fields(Settings)
    ]
    return "\n".join(rows) + "\n"


def _default(value: object) -> str:
    if value is None or value is MISSING or value == ():
        return "unset"
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{int(value) if isinstance(value, bool) else value}`"

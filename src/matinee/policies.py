"""What the settings mean to the services. It must not read the environment, nor make anything but values."""

import ipaddress
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from matinee.config import Settings
from matinee.domain.cutting import SHORT_HDR_CHUNK_SECONDS
from matinee.domain.ids import AssetId
from matinee.domain.leniency import Leniency
from matinee.domain.media import MediaSettings
from matinee.domain.outbound import Network
from matinee.domain.rate import Rate
from matinee.domain.retention import Retention
from matinee.domain.session import SessionPolicy
from matinee.domain.share_link import SharePolicy
from matinee.domain.spending import Allowance
from matinee.services.insight import InsightPolicy
from matinee.services.limits import Limits
from matinee.services.links import LinkPolicy
from matinee.services.throttle import ThrottlePolicy
from matinee.services.uploads import UploadPolicy


def media_settings(settings: Settings) -> MediaSettings:
    """What is made of every film."""
    return MediaSettings(codecs=settings.codecs)


def workflow_media_settings(settings: Settings) -> MediaSettings:
    """The same where a chunk must be encoded within a function's fifteen minutes, on 1.7 cores: HDR in 4K too."""
    return replace(media_settings(settings), hdr_chunk_seconds=SHORT_HDR_CHUNK_SECONDS)


def allowance(settings: Settings) -> Allowance:
    """What ingests may spend without asking."""
    return Allowance(
        minutes_a_month=settings.limit_minutes_a_month,
        hours_stored=settings.limit_hours_stored,
        usd_a_film=settings.limit_usd_a_film,
    )


def retention(settings: Settings) -> Retention:
    """How long assets and their originals are kept."""
    return Retention(asset_days=settings.asset_days, keep_sources=settings.keep_sources)


def session_policy(settings: Settings) -> SessionPolicy:
    """The server's policy for playback sessions."""
    return SessionPolicy(
        default_ttl_seconds=settings.playback_ttl_seconds,
        max_ttl_seconds=settings.playback_max_ttl_seconds,
        session_seconds=settings.session_seconds,
        sessions_per_viewer=settings.sessions_per_viewer,
    )


def share_policy(settings: Settings) -> SharePolicy:
    """How long a share link works, unless it is asked for less."""
    longest = timedelta(days=settings.share_max_days)
    return SharePolicy(default_life=min(timedelta(days=30), longest), longest_life=longest)


def upload_policy(settings: Settings) -> UploadPolicy:
    """How long an unfinished upload and a part's link live."""
    return UploadPolicy(keep=timedelta(days=settings.upload_days), link_ttl_seconds=settings.link_ttl_seconds)


def link_policy(settings: Settings) -> LinkPolicy:
    """How long a link to one object lives."""
    return LinkPolicy(default_ttl_seconds=settings.link_ttl_seconds, max_ttl_seconds=settings.link_max_ttl_seconds)


def throttle_policy(settings: Settings, *, at_once: int = 1) -> ThrottlePolicy:
    """How often one may ask; `at_once` requests are paid for together where counting costs."""
    return ThrottlePolicy(
        caller=_rate(settings.caller_requests_per_minute, 60),
        address=_rate(settings.address_requests_per_minute, 60),
        tries=_rate(settings.wrong_tries, 600),
        at_once=at_once,
    )


def _rate(limit: int, seconds: int) -> Rate | None:
    return Rate(limit, seconds) if limit else None


def leniency(settings: Settings) -> Leniency:
    """What the gate serves though it would deny it."""
    public = frozenset(AssetId(each) for each in settings.public_assets)
    return Leniency(log_only=settings.gate_mode == "log", public=public)


def keep_records(settings: Settings) -> timedelta:
    """How long it is remembered what was done with a session."""
    return timedelta(days=settings.audit_days)


def keep_superseded(settings: Settings) -> timedelta:
    """How long what was published before may still be known to somebody: the longest session and its last token."""
    return timedelta(seconds=settings.session_seconds + settings.playback_max_ttl_seconds)


def limits(settings: Settings, *, free_bytes: Callable[[], int | None], rotates_keys: str) -> Limits:
    """What a publisher is told of all this, as it is now."""
    sessions = session_policy(settings)
    return Limits(
        free_bytes=free_bytes(),
        upload_days=settings.upload_days,
        codecs=settings.codecs,
        playback_ttl_seconds=sessions.default_ttl_seconds,
        playback_max_ttl_seconds=sessions.max_ttl_seconds,
        session_seconds=sessions.session_seconds,
        sessions_per_viewer=sessions.sessions_per_viewer,
        keep_superseded_seconds=int(keep_superseded(settings).total_seconds()),
        rotates_keys=rotates_keys,
    )


def webhook_networks(settings: Settings) -> tuple[Network, ...]:
    """Where webhooks may lead though it is not everybody's network."""
    return tuple(ipaddress.ip_network(each) for each in settings.webhook_allow_cidrs)


def keep_events(settings: Settings) -> timedelta:
    """How long what happened can be told again."""
    return timedelta(days=settings.event_days)


def insight_policy(settings: Settings) -> InsightPolicy:
    """How long what was watched, by whom, and how it played is kept."""
    return InsightPolicy(
        keep_days=settings.insight_days,
        keep_viewers=timedelta(hours=settings.viewer_hours),
        keep_quality=keep_quality(settings),
    )


def keep_quality(settings: Settings) -> timedelta:
    """How long it is kept how films play."""
    return timedelta(minutes=settings.quality_minutes)

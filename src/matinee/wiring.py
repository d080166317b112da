"""Which adapter stands behind which port. It alone imports adapters; it must not decide anything else."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from matinee.adapters.courier import SocketCourier
from matinee.adapters.ffmpeg.confinement import missing
from matinee.adapters.ffmpeg.demo import demo_clip, one_second
from matinee.adapters.ffmpeg.encoder import FfmpegEncoder
from matinee.adapters.ffmpeg.tools import encoder_version, find_tools
from matinee.adapters.local.durable import make_folders
from matinee.adapters.local.file_copies import FileCopies
from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.key_file import KeyFile
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.memory_meter import MemoryMeter
from matinee.adapters.local.secret_file import read_or_create_secret
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_audit import SqliteAudit
from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.sqlite_insights import SqliteInsights
from matinee.adapters.local.sqlite_ledger import SqliteLedger
from matinee.adapters.local.sqlite_outbox import SqliteOutbox
from matinee.adapters.local.sqlite_queue import SqliteQueue
from matinee.adapters.local.sqlite_revocations import SqliteRevocations
from matinee.adapters.local.sqlite_tallies import SqliteTallies
from matinee.adapters.local.sqlite_webhooks import SqliteWebhooks
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.config import Settings
from matinee.domain.media import Codec, Probe
from matinee.domain.retention import Retention
from matinee.errors import ErrorCode, MatineeError
from matinee.http.delivery import Delivery
from matinee.http.state import App
from matinee.policies import (
    allowance,
    insight_policy,
    keep_events,
    keep_records,
    keep_superseded,
    leniency,
    limits,
    link_policy,
    media_settings,
    retention,
    session_policy,
    share_policy,
    throttle_policy,
    upload_policy,
    webhook_networks,
)
from matinee.ports.catalog import AssetQuery
from matinee.ports.clock import Clock
from matinee.ports.copies import Copies
from matinee.ports.ingest import IngestQueue
from matinee.ports.keys import Keys
from matinee.services.access import TokenAccess
from matinee.services.deliveries import Deliveries
from matinee.services.doorkeeper import Doorkeeper
from matinee.services.erasure import Erasure
from matinee.services.fair_pool import FairPool
from matinee.services.figures import Figures
from matinee.services.inbox import PREFIX as INBOX
from matinee.services.inbox import Inbox
from matinee.services.ingest import Ingest
from matinee.services.insight import Insight
from matinee.services.instant import Instant
from matinee.services.journal import Journal
from matinee.services.just_in_time import JustInTime
from matinee.services.library import Library
from matinee.services.links import ObjectLinks
from matinee.services.playback import Gate, Sessions
from matinee.services.publishing import Publishing
from matinee.services.quality import Watch
from matinee.services.remains import Remains
from matinee.services.rounds import Rounds
from matinee.services.run_moves import RunMoves
from matinee.services.runs import Runs
from matinee.services.shares import Shares
from matinee.services.spending import Spending
from matinee.services.steps import Steps
from matinee.services.throttle import Throttle
from matinee.services.upkeep import Upkeep
from matinee.services.uploads import Uploads
from matinee.services.webhooks import Webhooks
from matinee.wiring_vitals import Vitals

CLONE = Path(__file__).parents[2]
STORE_NAME = "local"  # part of every run id: it never changes for a data directory
# What a 4K ladder's encoder holds, codec by codec (docs/media.md, "Measured"); a 1080p one takes a quarter.
ENCODER_BYTES: dict[Codec, int] = {"h264": 1_600_000_000, "hevc": 3_200_000_000, "av1": 4_000_000_000}
PRIVATE = 0o700  # the data directory holds films, keys and the catalog: its owner's alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Who is told of what happens: the endpoints, the sender, and what drops events that are over."""

    webhooks: Webhooks
    rounds: Rounds
    sweep: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Everything of Matinee on one machine, ready to be served or worked."""

    settings: Settings
    api_token: str
    app: App
    keys: Keys
    store: FileStore
    just_in_time: JustInTime
    queue: IngestQueue
    ingest: Ingest
    inbox: Inbox
    upkeep: Upkeep
    runs: Runs
    clock: Clock
    vitals: Vitals
    telling: Telling

    @property
    def keep_superseded(self) -> timedelta:
        """How long a version is kept that nobody new is sent to."""
        return keep_superseded(self.settings)

    @property
    def retention(self) -> Retention:
        """How long assets and their originals are kept."""
        return retention(self.settings)

    @property
    def scratch(self) -> Path:
        """Where runs under way are worked on."""
        return self.settings.data_dir / "scratch"

    def sweep_temporary(self, before: datetime) -> int:
        """Drop what was being written before that, and is not any more; how many files."""
        return self.store.sweep_temporary(before=before)

    def sweep_process(self, pid: int) -> int:
        """Drop what a process that is gone was writing; how many files."""
        return self.store.sweep_process(pid)

    def drop_stray_parts(self) -> int:
        """Drop uploads in parts that no upload under way knows; how many."""
        return self.store.sweep_multipart(keep=self.app.uploads.open_multiparts())

    def empty(self) -> bool:
        """Whether there is no asset yet, deleted ones aside."""
        return not self.app.library.list(AssetQuery(limit=1)).items


def open_machine(settings: Settings) -> Machine:
    """The adapters of `settings.data_dir`, made when they are not there yet.

    Raises `setting_invalid`, `store_unavailable`, `catalog_unavailable` with what to do.
    """
    adapters = open_local(settings)
    clock, entropy, database, catalog, queue, revocations, store, keys = adapters
    encoder, throttle = _encoder(settings), Throttle(MemoryMeter(), clock, throttle_policy(settings))
    journal, sessions = _sessions(settings, adapters)
    publishing, runs = Publishing(store, catalog, clock), Runs(store, catalog, queue, clock)
    spending = Spending(catalog, SqliteLedger(database), clock, allowance(settings), media_settings(settings))
    just_in_time = JustInTime(store, encoder, publishing)
    uploads = Uploads(store, catalog, runs, clock, entropy, upload_policy(settings))
    copies, insights, telling = FileCopies(store), SqliteInsights(database), _telling(settings, database, clock)
    vitals = Vitals(settings, catalog, SqliteTallies(database), Watch(insights, clock, settings.stall_percent))
    library = _library(adapters, uploads, runs, sessions, publishing, copies)
    api_token = settings.token or read_or_create_secret(settings.data_dir / "token", entropy)
    app = App(
        access=TokenAccess(api_token),
        door=Doorkeeper(throttle),
        uploads=uploads,
        library=library,
        sessions=sessions,
        journal=journal,
        shares=Shares(store, catalog, sessions, clock, entropy, share_policy(settings), throttle),
        links=ObjectLinks(store, link_policy(settings)),
        insight=Insight(insights, catalog, keys, revocations, clock, insight_policy(settings)),
        runs=runs,
        spending=spending,
        remains=Remains(store, catalog, copies, journal, insights),
        watch=vitals.watch,
        figures=Figures(vitals.watch, spending, catalog, SqliteWebhooks(database), clock),
        machine_measures=vitals.measures,
        webhooks=telling.webhooks,
        catalog=catalog,
        clock=clock,
        edge=Delivery(Gate(keys, revocations, clock, leniency(settings)), store, just_in_time),
        leniency=leniency(settings),
        web_dir=web_dir(settings),
        public_url=settings.public_url,
        cors_origins=settings.cors_origins,
        limits=lambda: limits(settings, free_bytes=vitals.free_bytes, rotates_keys="command"),
        health=vitals.health,
    )
    return Machine(
        settings=settings,
        api_token=api_token,
        app=app,
        keys=keys,
        store=store,
        just_in_time=just_in_time,
        queue=queue,
        ingest=_ingest(settings, adapters, encoder, publishing, just_in_time, spending),
        inbox=Inbox(store, copies, catalog, runs, clock, timedelta(seconds=settings.inbox_settle_seconds)),
        upkeep=Upkeep(store, catalog, revocations, uploads, library, runs, clock),
        runs=runs,
        clock=clock,
        vitals=vitals,
        telling=telling,
    )


class LocalAdapters(NamedTuple):
    """The ports of one data directory."""

    clock: SystemClock
    entropy: SystemEntropy
    database: Database
    catalog: SqliteCatalog
    queue: SqliteQueue
    revocations: SqliteRevocations
    store: FileStore
    keys: KeyFile


def open_local(settings: Settings) -> LocalAdapters:
    """The ports of the data directory, made when it is not there yet, for who works beside the server.

    Raises `setting_invalid`, `store_unavailable`, `catalog_unavailable`.
    """
    return _adapters(_prepared(settings.data_dir))


def _adapters(data_dir: Path) -> LocalAdapters:
    clock, entropy, database = SystemClock(), SystemEntropy(), Database(data_dir / "matinee.db")
    links = LinkSigner(read_or_create_secret(data_dir / "link.key", entropy).encode(), lambda: "", clock)
    made = LocalAdapters(
        clock=clock,
        entropy=entropy,
        database=database,
        catalog=SqliteCatalog(database),
        queue=SqliteQueue(database),
        revocations=SqliteRevocations(database),
        store=FileStore(data_dir, name=STORE_NAME, links=links, entropy=entropy),
        keys=KeyFile(data_dir / "keys.json", entropy),
    )
    make_folders(data_dir / "objects" / INBOX)  # a person who reads "drop it there" finds it there
    return made


def _library(
    adapters: LocalAdapters, uploads: Uploads, runs: Runs, sessions: Sessions, publishing: Publishing, copies: Copies
) -> Library:
    store, catalog, clock = adapters.store, adapters.catalog, adapters.clock
    erasure = Erasure(store, catalog, uploads, sessions, copies, clock)
    return Library(store, catalog, runs, erasure, publishing, clock)


def _sessions(settings: Settings, made: LocalAdapters) -> tuple[Journal, Sessions]:
    journal = Journal(SqliteAudit(made.database), made.clock, made.entropy, keep_records(settings))
    policy = session_policy(settings)
    return journal, Sessions(made.catalog, made.keys, made.revocations, made.clock, made.entropy, policy, journal)


def _telling(settings: Settings, database: Database, clock: Clock) -> Telling:
    told, bell, entropy, networks = SqliteWebhooks(database), _Silence(), SystemEntropy(), webhook_networks(settings)
    deliveries = Deliveries(told, SocketCourier(networks), bell, clock, entropy)
    return Telling(
        webhooks=Webhooks(told, bell, clock, entropy, networks),
        rounds=Rounds(SqliteOutbox(database), deliveries),
        sweep=lambda: told.sweep_events(clock.now() - keep_events(settings)),
    )


class _Silence:
    """The bell where nobody has to be rung: the sender beside the server looks twice a second."""

    def ring(self, delivery_ids: tuple[str, ...]) -> None:
        """Nothing."""


def _ingest(
    settings: Settings,
    adapters: LocalAdapters,
    encoder: FfmpegEncoder,
    publishing: Publishing,
    just_in_time: JustInTime,
    spending: Spending,
) -> Ingest:
    store, catalog, clock = adapters.store, adapters.catalog, adapters.clock
    steps = Steps(store, encoder, media_settings(settings))
    moves = RunMoves(store, catalog, steps, spending, clock)
    instant = Instant(store, encoder, publishing, just_in_time, steps)
    return Ingest(moves, catalog, steps, publishing, instant, clock, FairPool(encoders_at_once(settings)))


def _encoder(settings: Settings) -> FfmpegEncoder:
    tools = find_tools(settings.ffmpeg, settings.ffprobe)
    return FfmpegEncoder(
        ffmpeg=str(tools.ffmpeg),
        ffprobe=str(tools.ffprobe),
        stall_seconds=settings.ffmpeg_stall_seconds,
        # An encoder of anything takes less than twice what 4K does, or it was led astray; on a large machine, let it.
        memory_bytes=max(2 * encoder_bytes(settings), memory_bytes() // 2),
    )


def replace_keys(settings: Settings) -> str:
    """A new signing key for this machine and no other; its `kid`. A running server refuses older tokens at once."""
    return KeyFile(_prepared(settings.data_dir) / "keys.json", SystemEntropy()).replace_all().kid


def rotate_keys(settings: Settings, *, at_once: bool) -> str:
    """A new signing key for this machine; its `kid`. A running server uses it from the next token on.

    Raises `keys_in_use` while that would end valid tokens, unless it is to be `at_once`.
    """
    keys, policy = KeyFile(_prepared(settings.data_dir) / "keys.json", SystemEntropy()), session_policy(settings)
    now, longest_token = SystemClock().now(), None if at_once else timedelta(seconds=policy.max_ttl_seconds)
    until = now + policy.longest_session
    return keys.rotate(now=now, keep_for_renewal_until=until, longest_token=longest_token).kid


def check_encoders(settings: Settings) -> str:
    """What ffmpeg this machine encodes with. Raises `setting_invalid` or `encode_failed` when it cannot."""
    return encoder_version(find_tools(settings.ffmpeg, settings.ffprobe), settings.codecs)


def unconfined() -> tuple[str, ...]:
    """What this system cannot keep ffmpeg from: `files`, `network`; empty where it can."""
    return missing()


def memory_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def encoder_bytes(settings: Settings) -> int:
    """The memory one encoder of a 4K film may hold with the codecs that are asked for."""
    return sum(ENCODER_BYTES[codec] for codec in settings.codecs)


def encoders_at_once(settings: Settings) -> int:
    """How many encoders each worker may run: a core each, and memory for 4K each, since any film may come."""
    if settings.encoders:
        return settings.encoders
    # os.cpu_count counts cores that a container or taskset keeps from this process.
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores, memory_bytes() // encoder_bytes(settings)) // max(1, settings.workers))


def web_dir(settings: Settings) -> Path:
    """Where the built pages are."""
    return settings.web_dir or CLONE / "web" / "dist"


def _prepared(data_dir: Path) -> Path:
    try:
        data_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        sentence = f"MATINEE_DATA_DIR: {data_dir} cannot be made ({error.strerror}); choose a folder you may write to."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        sentence = f"MATINEE_DATA_DIR: {data_dir} cannot be written to; choose another folder or change its owner."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    return data_dir


def make_demo_clip(machine: Machine, key: str) -> None:
    """Put the demonstration clip under `key`."""
    folder = machine.scratch / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    clip = demo_clip(find_tools(machine.settings.ffmpeg, machine.settings.ffprobe), folder)
    machine.store.put_file(key, clip, content_type="video/mp4")
    shutil.rmtree(folder, ignore_errors=True)


def probe_file(settings: Settings, film: Path) -> Probe:
    """What a file on this machine is. Raises what `Encoder.probe` raises."""
    return _encoder(settings).probe(film)


def make_one_second_film(settings: Settings, folder: Path) -> Path:
    """The film the doctor sends through a deployment."""
    return one_second(find_tools(settings.ffmpeg, settings.ffprobe), folder)

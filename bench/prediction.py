"""What the measured steps would take on AWS: arithmetic alone. It must not measure anything.

A worker is a Lambda function of `LAMBDA_MB`, 1.7 vCPUs, where the machine that measured has two. Every assumption that
no measurement here stands behind is a line of `ASSUMPTIONS`.

    .venv/bin/python bench/prediction.py      how soon films of some lengths can be watched, and where 15 s end
"""

from dataclasses import dataclass
from math import ceil

from matinee.domain.media import Plan
from matinee.services.workflow import MOST_SHARES, SHARE_BYTES

WORKERS = (10, 100, 500, 1000)
HOUR_SECONDS = 3600
LAMBDA_MB = 3008  # `encode_memory_mb`: the most a new account may have
LAMBDA_GB = LAMBDA_MB / 1024
SLOWER = 2 / (LAMBDA_MB / 1769)  # 1,769 MB are one vCPU; chunks were measured on two
ARM64_PER_GB_SECOND, X86_PER_GB_SECOND = 0.0000133334, 0.0000166667
PER_REQUEST, PER_TRANSITION, PER_PUT = 0.0000002, 0.000025, 0.000005
COLD_START_SECONDS = 3.0
FETCH_SECONDS = 1.0
STORE_SECONDS = 0.05
RESULT_READERS = 16
RAMP_PER_10_SECONDS = 1000
CONTROL_SECONDS = 6.0
PLAYABLE_CONTROL_SECONDS = 4.0
INDEX_SECONDS_PER_HOUR = 0.2
SHOW_SECONDS = 0.5
COPY_MB_PER_SECOND = 60.0
LENGTHS_HOURS = (1, 3, 10)
COPY_AT_ONCE = 400  # `copy_at_once`, as it comes
PROBE_SECONDS = 1.0  # probe and index of an hour, as `bench/ingest.py` found (docs/media.md)
SOON_SECONDS = 15.0
SOUND_PIECE_SECONDS = 300
UHD_PER_MINUTE, HD_PER_MINUTE, SD_PER_MINUTE = 0.03, 0.015, 0.0075
ASSUMPTIONS = (
    f"a worker is a Lambda function of {LAMBDA_MB} MB ({LAMBDA_MB / 1769:.1f} vCPUs, each as fast as this machine's:"
    f" not measured); a chunk takes {SLOWER:.2f} times what it took on two",
    f"arm64 at ${ARM64_PER_GB_SECOND} a GB-second, speed factor 1.0 (not measured); x86 at ${X86_PER_GB_SECOND}",
    f"every worker starts cold: {COLD_START_SECONDS} s, billed (not measured)",
    f"{RAMP_PER_10_SECONDS} environments start every 10 s (AWS Lambda quotas, scaling rate)",
    f"a worker's stretch of the source arrives within {FETCH_SECONDS} s (not measured; it is read by range)",
    f"an object is put or read in {STORE_SECONDS} s (not measured); results are read {RESULT_READERS} at a time",
    f"control plane, on the way to ready: {CONTROL_SECONDS} s for starting the execution, its map and its end (not"
    " measured)",
    f"control plane, on the way to playable: {PLAYABLE_CONTROL_SECONDS} s for starting the execution and the map of"
    " the instant rendition (not measured)",
    "an hour is this film repeated: the number of chunks scales with the length, the time of each does not",
    f"the sound of an hour is cut into pieces of {SOUND_PIECE_SECONDS} s, each a worker's task beside the chunks",
    f"the instant rendition's index takes {INDEX_SECONDS_PER_HOUR} s more for each hour of film (bench/instant.py), in"
    " a function that starts cold",
    "its files are written out by a cold function"
    f" per {SHARE_BYTES >> 20} MiB, {COPY_AT_ONCE} at most (copy_at_once; up to {MOST_SHARES}), at"
    f" {COPY_MB_PER_SECOND:.0f} MB/s in and out, a first read and a last put beside (not measured);"
    f" a warm one publishes them in {SHOW_SECONDS} s (not measured)",
    f"a request costs ${PER_REQUEST}, a put ${PER_PUT}, a transition ${PER_TRANSITION}, two transitions a task",
    f"MediaConvert Basic, us-east-1, at most 30 frames/s: ${SD_PER_MINUTE} SD, ${HD_PER_MINUTE} HD,"
    f" ${UHD_PER_MINUTE} 4K a minute of each output",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the steps of a film took here, in wall seconds: chunks alone, the sound per second of film, the rest whole.

    `index_seconds` is the probe and the index of an instant rendition, None where there is none.
    """

    plan: Plan
    chunk_seconds: tuple[float, ...]
    sound_seconds_per_second: float
    probe_seconds: float
    assemble_seconds: float
    index_seconds: float | None

    @property
    def chunk_mean(self) -> float:
        """The mean of the measured chunks, on a worker."""
        return SLOWER * sum(self.chunk_seconds) / len(self.chunk_seconds)

    @property
    def chunk_slowest(self) -> float:
        """The slowest of the measured chunks, on a worker."""
        return SLOWER * max(self.chunk_seconds)


def predict(measured: Measured) -> dict[str, object]:
    """One hour like the film: seconds to ready by workers, to playable, and dollars beside MediaConvert's."""
    plan = measured.plan
    factor = HOUR_SECONDS / plan.probe.duration_seconds
    count = ceil(len(plan.chunks) * factor)
    pieces = ceil(HOUR_SECONDS / SOUND_PIECE_SECONDS)
    segments = HOUR_SECONDS / plan.segment_seconds * len(plan.names)
    puts_per_chunk = segments / count + len(plan.names) + 1
    extra = COLD_START_SECONDS + FETCH_SECONDS + puts_per_chunk * STORE_SECONDS
    piece = measured.sound_seconds_per_second * SOUND_PIECE_SECONDS + extra
    ends = COLD_START_SECONDS + measured.probe_seconds + _assembly(measured, count, factor)
    ready = {
        str(workers): round(CONTROL_SECONDS + ends + _map_seconds(measured, workers, count, pieces, piece, extra), 1)
        for workers in WORKERS
    }
    billed = (count * (measured.chunk_mean + extra) + pieces * piece + ends) * LAMBDA_GB
    tasks = count + pieces + 4
    fixed = tasks * (PER_REQUEST + 2 * PER_TRANSITION) + (segments + tasks) * PER_PUT
    arm64, peer = billed * ARM64_PER_GB_SECOND + fixed, mediaconvert_usd(plan)
    return {
        "of": "one hour like this film",
        "chunks": count,
        "chunk_seconds": {"mean": round(measured.chunk_mean, 2), "slowest": round(measured.chunk_slowest, 2)},
        "sound_piece_seconds": round(piece, 1),
        "probe_and_assembly_seconds": round(ends, 1),
        "ready_seconds_by_workers": ready,
        "playable_seconds": _playable(measured, 1),
        "playable_seconds_by_hours": {str(hours): _playable(measured, hours) for hours in LENGTHS_HOURS},
        "control_plane_seconds": {"ready": CONTROL_SECONDS, "playable": PLAYABLE_CONTROL_SECONDS},
        "lambda_arm64_usd": round(arm64, 3),
        "lambda_x86_usd": round(billed * X86_PER_GB_SECOND + fixed, 3),
        "mediaconvert_usd": round(peer, 2),
        "of_mediaconvert": round(arm64 / peer, 3) if peer else None,
        "assumptions": list(ASSUMPTIONS),
    }


def mediaconvert_usd(plan: Plan) -> float:
    """The published price of an hour of the same rungs; sound alone is not priced here."""
    rates = (
        UHD_PER_MINUTE if r.height > 1080 else HD_PER_MINUTE if r.height >= 720 else SD_PER_MINUTE for r in plan.rungs
    )
    return sum(rates) * HOUR_SECONDS / 60


def _map_seconds(measured: Measured, workers: int, count: int, pieces: int, piece: float, extra: float) -> float:
    """All chunks and pieces on so many workers: full rounds of average tasks, the last round as long as its slowest."""
    ramp = max(0, ceil(min(workers, count + pieces) / RAMP_PER_10_SECONDS) - 1) * 10
    rounds = ceil(count / max(1, workers - min(pieces, workers // 2)))
    warm = (rounds - 1) * (measured.chunk_mean + extra - COLD_START_SECONDS)
    return ramp + max(warm + measured.chunk_slowest + extra, piece * ceil(pieces / max(1, workers // 2)))


def _assembly(measured: Measured, count: int, factor: float) -> float:
    return measured.assemble_seconds * factor + ceil(count / RESULT_READERS) * STORE_SECONDS


def _playable(measured: Measured, hours: int) -> float | None:
    """From upload complete to the first version, of so many hours."""
    if measured.index_seconds is None:
        return None
    total = measured.plan.probe.bits_per_second / 8 * hours * HOUR_SECONDS
    return round(playable_seconds(total / 1e6, hours, index_seconds=measured.index_seconds), 1)


def playable_seconds(
    megabytes: float, hours: float, *, at_once: int = COPY_AT_ONCE, index_seconds: float = PROBE_SECONDS
) -> float:
    """From upload complete to the first version: index, then a share a worker, all shares at once.

    `index_seconds` is the probe and the index of an hour.
    """
    share = min(megabytes, max(SHARE_BYTES / 1e6, megabytes / at_once))
    index = COLD_START_SECONDS + index_seconds + INDEX_SECONDS_PER_HOUR * hours
    copy = COLD_START_SECONDS + 2 * STORE_SECONDS + share / COPY_MB_PER_SECOND
    return PLAYABLE_CONTROL_SECONDS + index + copy + SHOW_SECONDS


def soon_hours(megabits_a_second: float, at_once: int) -> float:
    """How many hours of film at that rate can be watched after 15 s, to the tenth of an hour."""
    tenths = 0
    while True:
        hours = (tenths + 1) / 10
        if playable_seconds(megabits_a_second / 8 * hours * HOUR_SECONDS, hours, at_once=at_once) > SOON_SECONDS:
            return tenths / 10
        tenths += 1


def main() -> None:
    """The table of docs/media.md."""
    ends = f"{SOON_SECONDS:.0f} s end at"
    print("| Mbit/s | at once |", " | ".join(f"{hours} h" for hours in LENGTHS_HOURS), f"| {ends} |")
    print("|---|---|" + "---|" * (len(LENGTHS_HOURS) + 1))
    for rate in (4, 8, 16, 50):
        for at_once in (COPY_AT_ONCE, MOST_SHARES):
            took = [playable_seconds(rate / 8 * h * HOUR_SECONDS, h, at_once=at_once) for h in LENGTHS_HOURS]
            cells = " | ".join(f"{seconds:.1f} s" for seconds in took)
            print(f"| {rate} | {at_once} | {cells} | {soon_hours(rate, at_once):.1f} h |")


if __name__ == "__main__":
    main()

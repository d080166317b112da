"""The encoder of each codec, flag by flag with the reason. It must not know rates, sizes or where a film is cut.

All of them: no key frames but those they are told (an own one per rung would part their boundaries), closed groups of
pictures, at most two pictures moved back in decode order, nothing in the stream that names the encoder. And the same
bytes each time, on whatever machine: a step may run twice at once, and files of both make one film. Under a cap x264
and x265 look at what their other threads have done so far, so they get one thread; SVT-AV1 does not.
"""

from matinee.domain.media import Codec, Rung

# What ffmpeg calls the encoder of each.
ENCODERS: dict[Codec, str] = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}
# What they cost and save: docs/media.md, "Codecs". Only these were measured.
HEVC_PRESET = "fast"
AV1_PRESET = "8"
# Pictures an encoder may move back in decode order, of which the edit list tells: x264 and x265 keep at most two, the
# B-frames that others refer to (H.264, E.2.1, max_num_reorder_frames); a sample of AV1 is a picture that is shown, in
# order. Fixed, or chunks without B-frames would have another.
REORDERED_FRAMES: dict[Codec, int] = {"h264": 2, "hevc": 2, "av1": 0}


# SVT-AV1's level of parallelism: its bytes depend on it, but not on the machine (its user guide, "--lp"). While chunks
# are encoded the other cores are at work on other chunks; a film in one piece has them to itself.
AV1_CHUNK_LP, AV1_WHOLE_LP = 1, 4


def encoder_arguments(rung: Rung, preset: str, *, cut: bool) -> list[str]:
    """The encoder and what it is told besides rate and key frames; `preset` is x264's, `cut` is for chunks."""
    if rung.codec == "hevc":
        return _hevc()
    if rung.codec == "av1":
        return _av1(AV1_CHUNK_LP if cut else AV1_WHOLE_LP)
    command = ["-c:v", ENCODERS["h264"], "-preset", preset, "-profile:v", "high", "-forced-idr", "1", "-threads", "1"]
    return [*command, "-x264-params", "keyint=infinite:scenecut=0:open-gop=0"]


def _hevc() -> list[str]:
    # info: the version and every option as a message in the stream. b-pyramid keeps the reordering at two.
    options = "keyint=-1:scenecut=0:open-gop=0:bframes=4:b-pyramid=1:info=0:log-level=1"
    options += ":pools=none:wpp=0:frame-threads=1"
    # hvc1: parameter sets in the init segment alone, the only form Apple's players take.
    command = ["-c:v", ENCODERS["hevc"], "-preset", HEVC_PRESET, "-profile:v", "main", "-tag:v", "hvc1"]
    return [*command, "-forced-idr", "1", "-x265-params", options]


def _av1(lp: int) -> list[str]:
    # It looks for forced key frames only when asked to; scd would add its own.
    options = f"keyint=-1:enable-force-key-frames=1:scd=0:lp={lp}"
    return ["-c:v", ENCODERS["av1"], "-preset", AV1_PRESET, "-svtav1-params", options]

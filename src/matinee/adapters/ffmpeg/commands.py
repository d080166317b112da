"""The argument lists of ffmpeg, flag by flag with the reason. It must not run anything.

Outputs are ordinary one-track MP4 files; `segments` cuts them. A list is logged as it is, so a person can paste it.
"""

from pathlib import Path

from matinee.adapters.ffmpeg.probing import input_arguments
from matinee.domain.media import AudioRendition, Plan, Probe, Rung, VideoStream

# AAC's channel configurations (ISO/IEC 14496-3, table 1.19) that browsers play.
LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1"}
# Sound that ends this much before the film is filled up with silence: a player stalls where one track has ended and
# the other has not been loaded to its end.
FILL_SECONDS = 0.1
# Standard definition is BT.601, everything larger BT.709, where a source does not say (browsers guess the same way,
# but per rung, so an unmarked ladder changes colour when the quality switches).
HD_HEIGHT = 720


def video_command(ffmpeg: str, source: Path, plan: Plan, outputs: dict[str, Path]) -> list[str]:
    """One decode, every rung. `outputs` is a file per rung name."""
    video = _video(plan)
    command = [*_start(ffmpeg), *_tolerant_input(source), "-filter_complex", video_graph(plan, video)]
    for rung in plan.rungs:
        command += [
            *_map(f"[{rung.name}]"),
            *_rung_arguments(plan, rung),
            *_mp4(plan.timescale),
            str(outputs[rung.name]),
        ]
    return command


def audio_command(ffmpeg: str, source: Path, plan: Plan, outputs: dict[str, Path]) -> list[str]:
    """Every audio rendition in one process."""
    command = [*_start(ffmpeg), *_tolerant_input(source)]
    for rendition in plan.audio:
        command += [*_map(f"0:{rendition.stream_index}"), *_audio_arguments(plan.probe, rendition), *_mp4(None)]
        command.append(str(outputs[rendition.name]))
    return command


def copy_command(ffmpeg: str, source: Path, plan: Plan, outputs: dict[str, Path]) -> list[str]:
    """The source's own packets, a file per track."""
    command = [*_start(ffmpeg), *input_arguments(source)]
    for rung in plan.rungs:
        # No -video_track_timescale: the source's own ticks are exact.
        command += [*_map(f"0:{_video(plan).index}"), "-c", "copy", *_mp4(None), str(outputs[rung.name])]
    for rendition in plan.audio:
        command += [*_map(f"0:{rendition.stream_index}"), "-c", "copy", *_mp4(None), str(outputs[rendition.name])]
    return command


def poster_command(ffmpeg: str, source: Path, probe: Probe, at_seconds: float, out: Path) -> list[str]:
    """One JPEG. Of a film, the most typical of a second's frames: it passes over black, fades and flashes."""
    # A cover lies at time zero, before a song's first sample: even -ss 0 would cut it away.
    seek = ["-ss", f"{at_seconds:.3f}"] if at_seconds and probe.video else []
    command = [*_start(ffmpeg), *seek, *_tolerant_input(source)]
    if probe.video is None:
        chain = f"[0:{probe.cover_index}]scale=w='min(1280,iw)':h=-2"
    else:
        width = min(1280, probe.video.display_width // 2 * 2 or 2)
        steps = [*_deinterlace(probe.video), "thumbnail=n=30", *_tone_map(probe.video), f"scale=w={width}:h=-2"]
        chain = f"[0:{probe.video.index}]" + ",".join(steps)
    chain += ",setsar=1,format=yuvj420p[poster]"
    # q 3 of 2..31: no visible blocks at about 100 kB.
    return [
        *command,
        "-filter_complex",
        chain,
        *_map("[poster]"),
        "-frames:v",
        "1",
        "-q:v",
        "3",
        "-f",
        "mjpeg",
        str(out),
    ]


def video_graph(plan: Plan, video: VideoStream) -> str:
    """The filter graph: clean the picture up once, then split and scale to each rung."""
    steps = [*_deinterlace(video), *_clock(plan, video), *_tone_map(video), *_marked_color(video)]
    pads = "".join(f"[s{n}]" for n in range(len(plan.rungs)))
    graph = [f"[0:{video.index}]" + ",".join([*steps, f"split={len(plan.rungs)}"]) + pads]
    for n, rung in enumerate(plan.rungs):
        # Players draw square pixels; the rung's size already has the sample aspect in it.
        scale = f"scale=w={rung.width}:h={rung.height}:flags=bicubic:{_scaled_color(video)}"
        graph.append(f"[s{n}]{scale},setsar=1,format=yuv420p[{rung.name}]")
    return ";".join(graph)


def _start(ffmpeg: str) -> list[str]:
    # -nostdin: a worker has no keyboard. -xerror is left out on purpose: what can be decoded is kept.
    return [ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "warning", "-nostats", "-progress", "pipe:1", "-y"]


def _tolerant_input(source: Path) -> list[str]:
    # Damaged parts are concealed or skipped; however many frames fail, the rest is encoded (the default gives up at
    # two thirds). genpts: streams without presentation times (AVI, raw) get them from the frame rate.
    return ["-max_error_rate", "1", "-fflags", "+genpts", *input_arguments(source)]


def _map(what: str) -> list[str]:
    # No titles, chapters or camera positions of the source in what viewers download.
    return ["-map", what, "-map_metadata", "-1", "-map_chapters", "-1"]


def _mp4(timescale: int | None) -> list[str]:
    ticks = ["-video_track_timescale", str(timescale)] if timescale else []
    # The movie's own clock only scales empty edits here: microseconds keep them exact enough.
    return [*ticks, "-movie_timescale", "1000000", "-f", "mp4"]


def _rung_arguments(plan: Plan, rung: Rung) -> list[str]:
    gop = plan.gop_seconds
    # Key frames at the first frame at or after each multiple of the distance: in every rung the same frames, at any
    # rate, and after a hole in a variable rate only one (counting forced frames would catch up with a burst).
    keys = f"expr:if(isnan(prev_forced_t),1,gte(t,{gop}*(floor(prev_forced_t/{gop}+0.000001)+1)-0.000001))"
    return [
        *("-c:v", "libx264", "-preset", plan.preset, "-profile:v", "high", "-crf", str(rung.crf)),
        *("-maxrate", str(rung.max_bits_per_second), "-bufsize", str(rung.buffer_bits)),
        *("-force_key_frames", keys, "-forced-idr", "1"),
        # No other key frames: an own one per rung would part their boundaries.
        *("-x264-params", "keyint=infinite:scenecut=0:open-gop=0"),
        *(("-fps_mode", "passthrough") if plan.frame_rate else ("-fps_mode", "vfr")),
        # The encoder counts in the output's ticks; a coarser clock would move frames of a variable rate.
        *("-enc_time_base", f"1:{plan.timescale}"),
        "-bitexact",  # no encoder version in the stream: the same input gives the same bytes
    ]


def _audio_arguments(probe: Probe, rendition: AudioRendition) -> list[str]:
    filters = ["a" + step for step in _moved(reader_shift(probe, rendition.stream_index))]
    filters += [
        # Silence up to the film's start and in holes over 0.1 s: the sound never slides against the picture.
        "aresample=async=1:min_hard_comp=0.1:first_pts=0",
        f"aformat=sample_rates={rendition.sample_rate_hz}:channel_layouts={LAYOUTS[rendition.channels]}",
    ]
    track = next(a for a in probe.audio if a.index == rendition.stream_index)
    if probe.duration_seconds - track.start_seconds - track.duration_seconds > FILL_SECONDS:
        filters.append(f"apad=whole_dur={probe.duration_seconds:.6f}")
    return [
        *("-af", ",".join(filters), "-c:a", "aac", "-b:a", str(rendition.bits_per_second)),
        *("-ar", str(rendition.sample_rate_hz), "-bitexact"),
    ]


def reader_shift(probe: Probe, index: int) -> float:
    """What to add to a track's times, as ffmpeg counts them, so that zero is the film's start; in seconds."""
    return dict(probe.reader_zero_seconds).get(index, probe.start_seconds) - probe.start_seconds


def _moved(seconds: float) -> list[str]:
    return [f"setpts=PTS{seconds:+.6f}/TB"] if abs(seconds) >= 0.000001 else []


def _clock(plan: Plan, video: VideoStream) -> list[str]:
    shift = reader_shift(plan.probe, video.index)
    # Up to a segment the first and last picture are simply shown longer (see segments.write_rendition); where the
    # sound goes on for longer than that, pictures are repeated: a player needs segments to go on.
    rest = plan.probe.duration_seconds - video.start_seconds - video.duration_seconds
    still = [f"tpad=stop_mode=clone:stop_duration={rest:.6f}"] if rest > plan.segment_seconds else []
    clock = [f"settb=1/{plan.timescale}"]
    if plan.frame_rate is None:
        return [*_moved(shift), *clock, *still]
    if video.start_seconds > plan.segment_seconds:
        return [*_moved(shift), f"fps=fps={plan.frame_rate}:start_time=0:round=near", *still]
    # On the grid of the picture's own beginning, exactly, so that it stays with a sound that began earlier; a hole in
    # a damaged stream is filled with the picture before it.
    late = round(video.start_seconds * plan.timescale)
    back = [*clock, f"setpts=PTS+{late}"] if late else []
    return [*_moved(shift - video.start_seconds), f"fps=fps={plan.frame_rate}:round=near", *back, *still]


def _deinterlace(video: VideoStream) -> list[str]:
    # One frame out per frame in; frames not marked interlaced pass untouched.
    return ["bwdif=mode=send_frame:parity=auto:deint=interlaced"] if video.interlaced else []


def _tone_map(video: VideoStream) -> list[str]:
    if not video.hdr:
        return []
    # BT.2100 material is BT.2020; the few others that scale knows by name are taken at their word.
    primaries = video.color.primaries if video.color.primaries in {"bt709", "smpte431", "smpte432"} else "bt2020"
    matrix = video.color.matrix if video.color.matrix in {"bt709", "smpte170m"} else "bt2020nc"
    return [
        f"scale=in_transfer={video.color.transfer}:in_primaries={primaries}:in_color_matrix={matrix}"
        ":out_transfer=bt709:out_primaries=bt709:out_color_matrix=bt709:out_range=tv:intent=perceptual",
        "format=yuv420p",
    ]


def _marked_color(video: VideoStream) -> list[str]:
    if video.hdr:
        return ["setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"]
    hd = max(video.height, video.width * 9 // 16) >= HD_HEIGHT
    usual = "bt709" if hd else "smpte170m"
    rgb = video.pixel_format.startswith(("rgb", "bgr", "gbr", "pal8", "argb", "abgr"))
    matrix = None if rgb else video.color.matrix or usual
    marks = [f"color_primaries={video.color.primaries or usual}", f"color_trc={video.color.transfer or usual}"]
    return ["setparams=" + ":".join([*marks, *([f"colorspace={matrix}"] if matrix else [])])]


def _scaled_color(video: VideoStream) -> str:
    if video.pixel_format.startswith(("rgb", "bgr", "gbr", "pal8", "argb", "abgr")):
        return "out_color_matrix=bt709:out_range=tv"
    return "out_range=tv"


def _video(plan: Plan) -> VideoStream:
    if plan.probe.video is None:
        raise ValueError("a plan with rungs has a video stream")
    return plan.probe.video

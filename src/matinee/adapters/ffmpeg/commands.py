"""The argument lists of ffmpeg, flag by flag with the reason. It must not run anything.

Outputs are ordinary one-track MP4 files; `segments` cuts them. A list is logged as it is, so a person can paste it.
"""

from fractions import Fraction
from pathlib import Path

from matinee.adapters.ffmpeg.codecs import encoder_arguments
from matinee.adapters.ffmpeg.inputs import Input
from matinee.domain.media import AudioRendition, Chunk, Plan, Probe, Rung, VideoStream
from matinee.domain.sound import FRAME_SAMPLES, Frames, frames_of

# AAC's channel configurations (ISO/IEC 14496-3, table 1.19) that browsers play.
LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1"}
# Sound that ends this much before the film is filled up with silence: a player stalls where one track has ended and
# the other has not been loaded to its end.
FILL_SECONDS = 0.1
# Standard definition is BT.601, everything larger BT.709, where a source does not say (browsers guess the same way,
# but per rung, so an unmarked ladder changes colour when the quality switches).
HD_HEIGHT = 720
# How far before a chunk's first picture reading begins. A decoder gives pictures in another order than they lie, by up
# to 16 (H.264, A.3.1), and the filters look at a picture's neighbours: 20 pictures, and half a second at high rates.
PRE_ROLL_FRAMES = 20
PRE_ROLL_SECONDS = 0.5
# A piece's encoder begins so many frames early and goes on so many longer. Its choice of windows, which both sides of a
# seam must share, is that of an encoder that heard the whole film after three (docs/media.md); a second is ten times.
SOUND_MARGIN_FRAMES = 48
# Decoders need a frame or two before what they give is right (spectral band replication, more); seeking lands anywhere.
SOUND_PRE_ROLL_SECONDS = 4


def video_command(ffmpeg: str, source: Input, plan: Plan, outputs: dict[str, Path]) -> list[str]:
    """One decode of the whole film, every rung. `outputs` is a file per rung name."""
    video = _video(plan)
    command = [
        *started_quietly(ffmpeg),
        *tolerant_input(source),
        "-filter_complex",
        video_graph(plan, _clock(plan, video)),
    ]
    rate_mode = "passthrough" if plan.frame_rate else "vfr"
    for rung in plan.rungs:
        command += [*mapped(f"[{rung.name}]"), *_rung_arguments(plan, rung, _key_times(plan.gop_seconds))]
        command += ["-fps_mode", rate_mode, *_mp4(plan.timescale), str(outputs[rung.name])]
    return command


def chunk_command(
    ffmpeg: str, source: Input, plan: Plan, chunk: Chunk, from_seconds: float, outputs: dict[str, Path]
) -> list[str]:
    """One chunk of a film that is cut, exactly its frames. Reading begins `from_seconds` into the file.

    In the outputs its first picture stands at zero: its place in the film is added exactly when they are packaged.
    """
    # The decoder's own thread is enough beside one per rung; more only take memory on machines with many cores.
    command = [*started_quietly(ffmpeg), "-threads", "2"]
    # Written as it is added again below: the times of pictures must not depend on where reading began.
    command += ["-ss", f"{from_seconds:.6f}"] if from_seconds else []
    graph = video_graph(plan, _chunk_clock(plan, chunk, _video(plan), from_seconds))
    command += [*tolerant_input(source), "-filter_complex", graph]
    keys = "expr:" + "+".join(f"eq(n,{frame})" for frame in chunk.key_frames)
    for rung in plan.rungs:
        command += [*mapped(f"[{rung.name}]"), *_rung_arguments(plan, rung, keys)]
        command += ["-fps_mode", "passthrough", *_mp4(plan.timescale), str(outputs[rung.name])]
    return command


def pre_roll_start_seconds(plan: Plan, chunk: Chunk) -> float:
    """How far into the file, as ffmpeg counts, reading for a chunk must begin at the latest; 0.0: at its beginning."""
    video = _video(plan)
    back = max(PRE_ROLL_SECONDS, PRE_ROLL_FRAMES / float(video.frame_rate))
    if not video.closed_gops:
        # What follows the key frame before may be shown before it and need a picture of the group before that.
        back += video.key_interval_seconds
    at = (
        float(plan.picture_start_seconds + chunk.first_frame / _rate(plan))
        - reader_shift(plan.probe, video.index)
        - back
    )
    return round(at, 6) if chunk.first_frame and at > 0 else 0.0


def audio_command(ffmpeg: str, source: Input, plan: Plan, outputs: dict[str, Path]) -> list[str]:
    """Every audio rendition in one process."""
    return [*started_quietly(ffmpeg), *tolerant_input(source), *audio_outputs(plan, outputs)]


def sound_command(ffmpeg: str, source: Input, plan: Plan, piece: Chunk, outputs: dict[str, Path]) -> list[str]:
    """One piece of a sound that is cut: its frames, and `SOUND_MARGIN_FRAMES` more on each side.

    In the outputs the first of these margins begins at zero; `sound_margin` says how many frames it has.
    """
    begin = max(0, int(piece.start_seconds) - SOUND_PRE_ROLL_SECONDS)
    # A whole second is a whole number of samples at every rate: what is added again below is what was taken off.
    command = [*started_quietly(ffmpeg), *(["-ss", str(begin)] if begin else []), *tolerant_input(source)]
    for rendition in plan.audio:
        frames = sound_frames(plan, piece, rendition)
        arguments = _sound_piece(plan.probe, rendition, frames, begin)
        command += [*mapped(f"0:{rendition.stream_index}"), *arguments, *_mp4(None), str(outputs[rendition.name])]
    return command


def sound_frames(plan: Plan, piece: Chunk, rendition: AudioRendition) -> Frames:
    """The frames of a piece in a rendition."""
    return frames_of(piece, plan.sound, rendition.sample_rate_hz, plan.probe.duration_seconds)


def sound_margin(frames: Frames) -> int:
    """How many frames the encoder makes before the piece's own, its priming among them."""
    return min(frames.first, SOUND_MARGIN_FRAMES + 1)


def audio_outputs(plan: Plan, outputs: dict[str, Path]) -> list[str]:
    """The part of a command that makes every audio rendition of its one input."""
    arguments: list[str] = []
    for rendition in plan.audio:
        arguments += [*mapped(f"0:{rendition.stream_index}"), *_audio_arguments(plan.probe, rendition), *_mp4(None)]
        arguments.append(str(outputs[rendition.name]))
    return arguments


def copy_command(ffmpeg: str, source: Input, plan: Plan, outputs: dict[str, Path]) -> list[str]:
    """The source's own packets, a file per track."""
    command = [*started_quietly(ffmpeg), *source.arguments]
    for rung in plan.rungs:
        # No -video_track_timescale: the source's own ticks are exact.
        command += [*mapped(f"0:{_video(plan).index}"), "-c", "copy", *_mp4(None), str(outputs[rung.name])]
    for rendition in plan.audio:
        command += [*mapped(f"0:{rendition.stream_index}"), "-c", "copy", *_mp4(None), str(outputs[rendition.name])]
    return command


def one_file_command(ffmpeg: str, source: Input, plan: Plan, out: Path) -> list[str]:
    """The source's own packets, every track of the plan in one file."""
    tracks = [*([_video(plan).index] if plan.rungs else []), *(rendition.stream_index for rendition in plan.audio)]
    command = [*started_quietly(ffmpeg), *source.arguments]
    return [*command, *(word for track in tracks for word in mapped(f"0:{track}")), "-c", "copy", *_mp4(None), str(out)]


def poster_command(ffmpeg: str, source: Input, probe: Probe, at_seconds: float, out: Path) -> list[str]:
    """One JPEG. Of a film, the most typical of a second's frames: it passes over black, fades and flashes."""
    # A cover lies at time zero, before a song's first sample: even -ss 0 would cut it away.
    seek = ["-ss", f"{at_seconds:.3f}"] if at_seconds and probe.video else []
    command = [*started_quietly(ffmpeg), *seek, *tolerant_input(source)]
    if probe.video is None:
        chain = f"[0:{probe.cover_index}]scale=w='min(1280,iw)':h=-2"
    else:
        width = min(1280, probe.video.display_width // 2 * 2 or 2)
        steps = [*_deinterlace(probe.video), "thumbnail=n=30", *tone_map(probe.video), f"scale=w={width}:h=-2"]
        chain = f"[0:{probe.video.index}]" + ",".join(steps)
    chain += ",setsar=1,format=yuvj420p[poster]"
    # q 3 of 2..31: no visible blocks at about 100 kB.
    return [
        *command,
        "-filter_complex",
        chain,
        *mapped("[poster]"),
        "-frames:v",
        "1",
        "-q:v",
        "3",
        "-f",
        "mjpeg",
        str(out),
    ]


def video_graph(plan: Plan, clock: list[str]) -> str:
    """The filter graph: clean the picture up once, put it on its `clock`, then split and scale to each rung."""
    video = _video(plan)
    steps = [*_deinterlace(video), *clock, *tone_map(video), *_marked_color(video)]
    pads = "".join(f"[s{n}]" for n in range(len(plan.rungs)))
    graph = [f"[0:{video.index}]" + ",".join([*steps, f"split={len(plan.rungs)}"]) + pads]
    for n, rung in enumerate(plan.rungs):
        # Players draw square pixels; the rung's size already has the sample aspect in it.
        scale = f"scale=w={rung.width}:h={rung.height}:flags=bicubic:{_scaled_color(video)}"
        graph.append(f"[s{n}]{scale},setsar=1,format=yuv420p[{rung.name}]")
    return ";".join(graph)


def started_quietly(ffmpeg: str) -> list[str]:
    """The program, with what every call of it says first."""
    # -nostdin: a worker has no keyboard. -xerror is left out on purpose: what can be decoded is kept.
    return [ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "warning", "-nostats", "-progress", "pipe:1", "-y"]


def tolerant_input(source: Input) -> list[str]:
    """The source, taken as far as it can be decoded."""
    # Damaged parts are concealed or skipped; however many frames fail, the rest is encoded (the default gives up at
    # two thirds). genpts: streams without presentation times (AVI, raw) get them from the frame rate.
    return ["-max_error_rate", "1", "-fflags", "+genpts", *source.arguments]


def mapped(what: str) -> list[str]:
    """An output of this stream alone."""
    # No titles, chapters or camera positions of the source in what viewers download.
    return ["-map", what, "-map_metadata", "-1", "-map_chapters", "-1"]


def _mp4(timescale: int | None) -> list[str]:
    ticks = ["-video_track_timescale", str(timescale)] if timescale else []
    # The movie's own clock only scales empty edits here: microseconds keep them exact enough.
    return [*ticks, "-movie_timescale", "1000000", "-f", "mp4"]


def _key_times(gop: int) -> str:
    # Key frames at the first frame at or after each multiple of the distance: in every rung the same frames, at any
    # rate, and after a hole in a variable rate only one (counting forced frames would catch up with a burst).
    return f"expr:if(isnan(prev_forced_t),1,gte(t,{gop}*(floor(prev_forced_t/{gop}+0.000001)+1)-0.000001))"


def _rung_arguments(plan: Plan, rung: Rung, keys: str) -> list[str]:
    return [
        *encoder_arguments(rung, plan.preset, cut=plan.cut),
        *("-crf", str(rung.crf), "-maxrate", str(rung.max_bits_per_second), "-bufsize", str(rung.buffer_bits)),
        *("-force_key_frames", keys),
        # The encoder counts in the output's ticks; a coarser clock would move frames of a variable rate.
        *("-enc_time_base", f"1:{plan.timescale}"),
        "-bitexact",  # no encoder version in the stream: the same input gives the same bytes
    ]


def _sound_piece(probe: Probe, rendition: AudioRendition, frames: Frames, begin_seconds: int) -> list[str]:
    rate = rendition.sample_rate_hz
    first = (frames.first - sound_margin(frames)) * FRAME_SAMPLES  # the priming of the encoder lies before it
    end = frames.film_samples if frames.last else (frames.first + frames.count + SOUND_MARGIN_FRAMES) * FRAME_SAMPLES
    moved = ["a" + step for step in _moved(reader_shift(probe, rendition.stream_index))]
    filters = [
        *([f"asetpts=PTS+{begin_seconds}*SR"] if begin_seconds else []),
        *moved,
        # By each sample's own time, exactly; at the film's start silence up to the first. `min_comp` is 0 because the
        # filter would else leave the first millisecond out, and this piece's samples would not meet the next one's.
        f"atrim=start_pts={first}" if first else "aresample=async=1:min_comp=0:min_hard_comp=0.1:first_pts=0",
        # Silence at its end too; between them there is no hole (AudioStream.even).
        f"apad=whole_len={end - first}",
        f"atrim=end_sample={end - first}",
        f"asetpts=PTS-{first}",
        f"aformat=sample_rates={rate}:channel_layouts={LAYOUTS[rendition.channels]}",
    ]
    return _aac(rendition, filters)


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
    return _aac(rendition, filters)


def _aac(rendition: AudioRendition, filters: list[str]) -> list[str]:
    return [
        *("-af", ",".join(filters), "-c:a", "aac", "-b:a", str(rendition.bits_per_second)),
        # Each frame by itself: the default search carries its state through the film, and takes thousands of frames to
        # sound the same after it was started elsewhere. It is also three times as fast, and nearer to the original.
        *("-aac_coder", "fast"),
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


def _chunk_clock(plan: Plan, chunk: Chunk, video: VideoStream, from_seconds: float) -> list[str]:
    """Exactly the chunk's frames, the first at zero, whatever is missing in the source."""
    rate = _rate(plan)
    shift = reader_shift(plan.probe, video.index) - video.start_seconds + from_seconds
    if rate != video.frame_rate:
        # Every second (third, …) frame of a fast film: a quarter of a frame off, no frame lies between two places.
        shift += float(1 / video.frame_rate / 4)
    return [
        *_moved(shift),
        f"fps=fps={rate}:round=near:start_time={float(chunk.first_frame / rate):.9f}",
        # A picture lost at the chunk's end stands for the one before it, as inside the chunk.
        "tpad=stop_mode=clone:stop=-1",
        f"trim=end_frame={chunk.frame_count}",
        f"settb=1/{plan.timescale}",
        "setpts=PTS-STARTPTS",
    ]


def _rate(plan: Plan) -> Fraction:
    if plan.frame_rate is None:
        raise ValueError("a film that is cut has a constant rate")
    return plan.frame_rate


def _deinterlace(video: VideoStream) -> list[str]:
    # One frame out per frame in; frames not marked interlaced pass untouched.
    return ["bwdif=mode=send_frame:parity=auto:deint=interlaced"] if video.interlaced else []


def tone_map(video: VideoStream) -> list[str]:
    """Filters that show a picture of high dynamic range on an ordinary screen; none for others."""
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

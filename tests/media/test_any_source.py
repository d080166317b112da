"""Any source: whatever rate, length, group, offset and order its pictures have, every one comes out once, in order.

Each example is a real file, made by ffmpeg, in which every picture says its number. Where the plan cuts, the seams are
looked at; where it does not, it says why.
"""

import tempfile
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.domain.media import Plan
from tests.media.test_chunks import PICTURE, QUICK, SHORT, numbered, numbers
from tests.media.tools import Stream, complaints, frame_times, make, stream_of

EXAMPLES = 14
RATES = ("24000/1001", "25", "30000/1001", "50", "12", "7", "15000/1001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a generated source is. `uneven` leaves out pictures, so that the rate varies."""

    rate: str
    pictures: int
    group: int
    b_frames: int
    open_groups: bool
    offset_seconds: float
    uneven: bool
    sound: bool
    container: str


@st.composite
def sources(draw: st.DrawFn) -> Made:
    """Sources of one picture to half a minute."""
    rate = draw(st.sampled_from(RATES))
    seconds = draw(st.integers(0, 26))
    return Made(
        rate=rate,
        pictures=max(1, int(seconds * Fraction(rate)) + draw(st.integers(-3, 3))),
        group=draw(st.integers(1, 300)),
        b_frames=draw(st.integers(0, 5)),
        open_groups=draw(st.booleans()),
        offset_seconds=draw(st.sampled_from((0.0, 0.0, 0.4, 1.5, 3.0))),
        uneven=draw(st.sampled_from((False, False, False, True))),
        sound=draw(st.booleans()),
        container=draw(st.sampled_from(("a.mp4", "a.mkv", "a.mov"))),
    )


def file_of(made: Made, folder: Path) -> Path:
    """The source as a file."""
    seconds = made.pictures / Fraction(made.rate) - Fraction(1, 1000)
    picture = numbered(made.rate, round(float(max(seconds, Fraction(1, 1000))), 6))
    order = f"keyint={made.group}:min-keyint=1:scenecut=0:bframes={made.b_frames}:open-gop={int(made.open_groups)}"
    flags = [*QUICK, "-x264-params", order, "-fps_mode", "vfr"]
    if made.uneven:
        flags += ["-vf", "select='not(eq(mod(n,7),3))'"]
    inputs = ["-itsoffset", str(made.offset_seconds), *picture]
    if made.sound:
        inputs += [*PICTURE, f"sine=d={float(seconds) + made.offset_seconds + 0.5:.3f}"]
    return make(folder / made.container, *inputs, *flags)


def covered_once(plan: Plan) -> None:
    """The chunks follow each other from zero without a hole, by number, time, segment and picture."""
    at, frame = Fraction(0), 0
    for number, chunk in enumerate(plan.chunks, start=1):
        assert (chunk.number, chunk.start_seconds) == (number, at)
        at += chunk.length_seconds
        if plan.cut:
            assert chunk.first_frame == frame
            assert chunk.frame_count
            frame += chunk.frame_count
    assert bool(plan.whole_reason) is not plan.cut


def shown_once(made: Made, stream: Stream) -> None:
    """Every picture of the source, in its order, and nothing a decoder complains of."""
    top = stream.of(stream.media.video[0].name)
    wanted = [n for n in range(made.pictures) if not (made.uneven and n % 7 == 3)]
    got = numbers(top)
    held = [number for n, number in enumerate(got) if n == 0 or number != got[n - 1]]  # a standing picture is repeated
    assert held == wanted
    times = frame_times(top)
    assert len(times) == len(got)
    assert all(after > before for before, after in pairwise(times))
    assert complaints(stream) == ""
    if stream.plan.cut:
        assert len(got) == made.pictures


def comes_out_once(made: Made) -> None:
    """Makes the source, cuts, encodes and joins it, and looks at what came out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stream = stream_of(file_of(made, folder), folder, SHORT)
        covered_once(stream.plan)
        shown_once(made, stream)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(sources())
def test_every_picture_of_any_source_comes_out_once(made: Made) -> None:
    comes_out_once(made)

#!/usr/bin/env python3
"""The watch page against a bare <video> with hls.js: from the click to the first frame, in the same Chromium.

It judges the page, not the encoder. Both play the same stream of the same server, in turns, each in a browser context
of its own; the click is the navigation, and a script in both presses play as soon as there is a video. It also prints
what the page's own JavaScript weighs and what is sent of all its scripts, and (with --throttled) whether two minutes on
a 3 Mbit/s line stop anywhere.

    .venv/bin/python bench/web.py [--turns 20] [--throttled] [--json] [--check]
"""

import argparse
import gzip
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
from playwright.sync_api import Browser, sync_playwright
from tests.browser.conftest import ARGUMENTS
from tests.system.server import Server, eventually

from matinee.adapters.ffmpeg.tools import find_tools

ROOT = Path(__file__).parents[1]
DIST = ROOT / "web" / "dist"
FILM_SECONDS = 120
SHORT_SECONDS = 24
LEAST_SHARE = 1.10  # not slower than the bare page by more than a tenth
LIMIT_BYTES = 120 * 1024
LINE_BYTES_PER_SECOND = 3_000_000 / 8
LINE_LATENCY_MS = 60
SETTLE_MS = 700  # a new context is a new window, and Chromium loads pages of its own into it, at either page's cost
# Presses play as soon as a video stands in the page, and keeps when the first picture of it was shown.
PLAYS = """
globalThis.seen = { first: 0, stalls: 0 };
const look = new MutationObserver(() => {
  const video = document.querySelector("video");
  if (video === null) return;
  look.disconnect();
  const press = () => video.play().catch(() => null);
  video.addEventListener("loadedmetadata", press);
  video.requestVideoFrameCallback((now) => (seen.first = now));
  // Want of the line, not of a processor that decodes too slowly: that fires `waiting` with half a minute loaded.
  const isDry = () => ![...Array(video.buffered.length).keys()].some(
    (at) => video.buffered.start(at) <= video.currentTime + 0.1 && video.buffered.end(at) > video.currentTime + 0.5);
  video.addEventListener("waiting", () => (seen.stalls += seen.first > 0 && isDry() ? 1 : 0));
});
look.observe(document, { childList: true, subtree: true });
"""
BARE = """<!doctype html><html lang="en"><title>Bare</title><body>
<video controls muted preload="auto" width="1280"></video><script src="hls.min.js"></script><script>
const hls = new Hls();
hls.attachMedia(document.querySelector("video"));
hls.loadSource(decodeURIComponent(location.hash.slice(1)));
</script></body></html>"""
FOUND = "({ stalls: seen.stalls, height: document.querySelector('video').videoHeight, first: seen.first })"


def main() -> None:
    """Measure and print. With --check exit code 1 when a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--throttled", action="store_true", help="also play two minutes over 3 Mbit/s")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    wish = parser.parse_args()
    result: dict[str, Any] = {"own_javascript_bytes": own_javascript(DIST)}
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name)
        server = Server(folder / "data").start()
        try:
            result |= sent(server, DIST)
            asset = server.upload(film(folder / "film.mp4", FILM_SECONDS if wish.throttled else SHORT_SECONDS))
            eventually(lambda: server.asset(asset)["status"] == "ready", seconds=600)
            with bare_page(folder / "bare") as bare:
                result |= first_frames(chromium, server, asset, bare, wish.turns)
            if wish.throttled:
                result |= throttled(chromium, server.play(asset)["watch_url"])
        finally:
            server.stop()
    print(json.dumps(result, indent=2) if wish.json else table(result))
    slow = result["page_ms"] > result["bare_ms"] * LEAST_SHARE
    if wish.check and (slow or result["own_javascript_bytes"] > LIMIT_BYTES or result.get("stalls", 0)):
        sys.exit(1)


def film(out: Path, seconds: int) -> Path:
    """So many seconds of 720p that are hard to encode: its best quality needs more than the slow line has."""
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=1280x720:r=25:d={seconds},noise=alls=24:allf=t")
    sound = ("-f", "lavfi", "-i", f"sine=frequency=330:sample_rate=48000:duration={seconds}")
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "6M", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac")
    start = (str(find_tools().ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y")
    subprocess.run([*start, *picture, *sound, *codec, str(out)], check=True, timeout=600)
    return out


def first_frames(chromium: Browser, server: Server, asset: str, bare: str, turns: int) -> dict[str, Any]:
    """Medians of both pages, milliseconds. One turn of each goes before, uncounted: it fills the server's caches."""
    times: dict[str, list[float]] = {"page": [], "bare": []}
    for turn in range(turns + 1):
        playback = server.play(asset)
        pages = [("page", playback["watch_url"]), ("bare", f"{bare}#{playback['hls_url']}")]
        for name, address in pages if turn % 2 else reversed(pages):
            seen = first_frame(chromium, address)
            if turn:
                times[name].append(seen)
    page, plain = (statistics.median(times[name]) for name in ("page", "bare"))
    ratios = [one / other for one, other in zip(times["page"], times["bare"], strict=True)]
    return {
        "turns": turns,
        "page_ms": round(page),
        "bare_ms": round(plain),
        "ratio": round(page / plain, 3),
        "ratio_of_pairs": round(statistics.median(ratios), 3),
        "slowest_page_ms": round(max(times["page"])),
        "slowest_bare_ms": round(max(times["bare"])),
    }


def first_frame(chromium: Browser, address: str) -> float:
    """Milliseconds from the navigation to the first picture."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(PLAYS)
    page = context.new_page()
    page.wait_for_timeout(SETTLE_MS)
    page.goto(address, wait_until="commit")
    eventually(lambda: page.evaluate("seen.first") > 0)  # Playwright's own waiting needs eval, which our policy forbids
    seen: float = page.evaluate("seen.first")
    context.close()
    return seen


def throttled(chromium: Browser, address: str) -> dict[str, Any]:
    """The whole film over a slow line; how often it stopped for want of it, and the best quality it came to."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(PLAYS)
    page = context.new_page()
    line = {"offline": False, "latency": LINE_LATENCY_MS, "uploadThroughput": LINE_BYTES_PER_SECOND}
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", line | {"downloadThroughput": LINE_BYTES_PER_SECOND})
    page.goto(address, wait_until="commit")
    eventually(lambda: page.evaluate("document.querySelector('video')?.ended ?? false"), seconds=FILM_SECONDS + 60)
    found = page.evaluate(FOUND)
    context.close()
    return {"stalls": found["stalls"], "last_height": found["height"], "throttled_first_ms": round(found["first"])}


def own_javascript(dist: Path) -> int:
    """Bytes, gzip, of every script the watch page may load, but for the one that is hls.js."""
    own = (name for name in scripts(dist) if "hls-stream" not in name)
    return sum(len(gzip.compress((dist / name).read_bytes(), 9)) for name in own)


def scripts(dist: Path) -> set[str]:
    """Every script the watch page may load, by its name below `dist`."""
    wanted = re.findall(r'(?:src|href)="/(static/[^"]+\.js)"', (dist / "watch.html").read_text())
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        text = (dist / name).read_text()
        wanted += [f"static/{found}" for found in re.findall(r'["`]\./([\w-]+\.js)["`]', text)]
    return seen


def sent(server: Server, dist: Path) -> dict[str, int]:
    """Bytes of those scripts, hls.js among them: as they were built, and as the server sends them to a browser."""
    with httpx.Client(base_url=server.url, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}) as http:
        lengths = [int(http.head(f"/{name}").headers["content-length"]) for name in scripts(dist)]
    return {"scripts_bytes": sum((dist / name).stat().st_size for name in scripts(dist)), "sent_bytes": sum(lengths)}


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("Chromium is not installed (apt: chromium).")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Quiet(SimpleHTTPRequestHandler):
    """Files, without a line for each."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing."""


@contextmanager
def bare_page(folder: Path) -> Iterator[str]:
    """The least page that plays HLS, with the very hls.js of ours, on a server of its own."""
    folder.mkdir()
    (folder / "index.html").write_text(BARE)
    shutil.copy(ROOT / "web" / "node_modules" / "hls.js" / "dist" / "hls.min.js", folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()
    server.server_close()


def table(result: dict[str, Any]) -> str:
    """The result for people."""

    def kib(name: str) -> str:
        return f"{result[name] / 1024:.1f} KiB"

    lines = [
        f"click to first frame, median of {result['turns']}",
        f"  watch page   {result['page_ms']:>6} ms   (slowest {result['slowest_page_ms']})",
        f"  bare page    {result['bare_ms']:>6} ms   (slowest {result['slowest_bare_ms']})",
        f"  ratio        {result['ratio']:>6}      (median of pairs {result['ratio_of_pairs']})",
        f"own JavaScript of the watch page, gzip: {result['own_javascript_bytes'] / 1024:.1f} KiB (limit 120)",
        f"all its scripts, hls.js among them: {kib('scripts_bytes')}, of which the server sends {kib('sent_bytes')}",
    ]
    if "stalls" in result:
        lines.append(f"two minutes over 3 Mbit/s: {result['stalls']} stalls, at the end {result['last_height']}p")
        lines.append(f"  first picture {result['throttled_first_ms']:>5} ms")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""Which container formats are read, and why others are refused.

It must not know how. A demuxer is code that meets strangers' bytes, and some open further files or addresses named
inside them: playlists (HLS, DASH, concat, SDP) are refused whatever the file is called.
"""

# Passed to ffmpeg and ffprobe as -format_whitelist: nothing else is even tried on the bytes.
READ = (
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    *("mpegts", "mpeg", "mpegvideo", "m4v", "h264", "hevc", "obu", "av1", "ivf", "vc1"),
    *(
        "avi",
        "asf",
        "flv",
        "live_flv",
        "mxf",
        "gxf",
        "dv",
        "nut",
        "rm",
        "wtv",
        "nsv",
        "gif",
        "yuv4mpegpipe",
        "film_cpk",
    ),
    *("ogg", "wav", "w64", "aiff", "caf", "au", "amr", "mp3", "aac", "ac3", "eac3", "dts", "flac", "ape", "tta"),
    *("wv", "mpc", "mpc8", "loas", "latm"),
)

# Twice 8K: the largest picture any of the codecs above is made for (H.264 level 6.2 and HEVC level 6.2 stop at 36
# million). A picture of it takes 400 MB in 4:4:4 with 16 bits.
MAX_PIXELS = 8192 * 8192
# A week. Longer is a header that lies, or a camera's archive, of which no one sees the end.
MAX_SECONDS = 7 * 86_400

# Formats in which ffmpeg takes the first used track's first moment for zero, instead of the whole file's: clocks of
# broadcast streams jump, and its correction of that starts so (tried on 8.1 with tracks that begin 0.5 s apart).
ZERO_PER_TRACK = frozenset({"mpegts", "mpeg"})

# Formats with an index by time, in which reading from the middle gives every frame the time it has from the start.
EXACT_SEEK = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})

# Formats whose header tells when the film ends, not how long it is: they differ where everything begins late.
LENGTH_FROM_ZERO = frozenset({"matroska,webm", "nut"})

# Formats whose index says everything about time, if it is plain: the others' packets have to be listed.
INDEXED = frozenset({"mov,mp4,m4a,3gp,3g2,mj2"})

# The names under which ffprobe knows them, to tell a person what the file is.
PLAYLISTS = ("hls", "applehttp", "dash", "concat", "sdp", "mpjpeg", "imf", "webm_dash_manifest", "rtsp")
# First bytes of text formats that name other files. Some are recognised by ffmpeg only under their own suffix, so
# their bytes are looked at here before any demuxer sees them.
PLAYLIST_BEGINNINGS = (b"#EXTM3U", b"ffconcat version", b"[playlist]", b"v=0\r\n", b"v=0\n", b"RTSPtext")
PLAYLIST_ELEMENTS = (b"<MPD", b"<SmoothStreamingMedia", b"<smil")

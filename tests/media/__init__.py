"""Real ffmpeg on real and made-up films: what the encoder port promises."""

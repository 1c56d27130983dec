"""A method whose module imports what it requires at once."""

import wave

from .broken import Good


class Heavy(Good):
    key = "heavy"
    requires = ("wave",)
    format = wave.WAVE_FORMAT_PCM

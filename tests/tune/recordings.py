"""Listening: what a WAV file holds, as numbers."""

import io
import wave
from array import array
from dataclasses import dataclass


@dataclass(frozen=True)
class Heard:
    rate: int
    channels: int
    left: list[int]
    right: list[int]

    @property
    def seconds(self) -> float:
        return len(self.left) / self.rate

    def loudness(self, start_s: float, end_s: float) -> float:
        """Root mean square of a stretch of the left side, full scale is 1."""
        part = self.left[int(start_s * self.rate) : int(end_s * self.rate)]
        return float((sum(one * one for one in part) / len(part)) ** 0.5 / 32768)


def heard(data: bytes) -> Heard:
    with wave.open(io.BytesIO(data)) as file:
        assert file.getsampwidth() == 2
        samples = array("h", file.readframes(file.getnframes()))
        return Heard(
            file.getframerate(), file.getnchannels(), list(samples[::2]), list(samples[1::2])
        )

"""A Play for tests: silence of the right format, and a memory of what was asked for."""

from tests.files.sounds import mp3, wav

from limner.tune.tune import CONTENT_TYPES, Recording, Tune


class Silence:
    def __init__(self) -> None:
        self.tunes: list[Tune] = []

    async def __call__(self, tune: Tune) -> Recording:
        self.tunes.append(tune)
        data = mp3(40) if tune.audio_format == "mp3" else wav(1.0)
        return Recording(data, CONTENT_TYPES[tune.audio_format], 1000)

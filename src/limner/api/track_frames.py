"""What happens to a job that makes music, in the three kinds of frames Infery's client reads."""

from collections.abc import AsyncGenerator

from limner.api.asgi import Piece
from limner.api.frames import Frames
from limner.api.sse import frame
from limner.api.wire.music import tracks, tracks_frame
from limner.jobs.feed import Completed


class TrackFrames(Frames):
    async def _end(self, completed: Completed) -> AsyncGenerator[Piece, None]:
        """All that an answer says, in one frame; the tracks are links, sound fits no line."""
        self._admitted = completed.admitted or self._admitted
        answer = tracks(self._admitted, completed, self._links, self._base_url)
        yield frame(tracks_frame(answer, self._admitted.asked_for))

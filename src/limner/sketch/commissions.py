"""What may be asked of the renderer, and who does it."""

from limner.sketch.draw import draw
from limner.sketch.drawing import Commission, Drawing, Enlarging, Picture
from limner.sketch.retouch.enlarging import enlarge
from limner.sketch.retouch.retouch import retouch


def carried_out(asked: Commission) -> Picture:
    """The same commission always gives the same bytes. Raises Unreadable."""
    if isinstance(asked, Drawing):
        return draw(asked)
    return enlarge(asked) if isinstance(asked, Enlarging) else retouch(asked)

"""A view is what every painter of a place is told; a layer is one step of painting."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from limner.sketch.air import Air
from limner.sketch.canvas import Canvas
from limner.sketch.layout import Placement
from limner.sketch.scene import Scene
from limner.sketch.stages import Stage


@dataclass(frozen=True, slots=True)
class View:
    scene: Scene
    air: Air
    stage: Stage
    placements: tuple[Placement, ...] = ()

    @property
    def shining(self) -> bool:
        """A sun or a moon is in the sky, so that water shows its light."""
        return any(body.kind in ("sun", "moon", "crescent") for body in self.scene.sky)

    @property
    def glowing(self) -> bool:
        """Light spills from everything bright: neon, and screens in the dark."""
        neon = "neon" in self.scene.styles or (self.scene.accent or "").startswith("neon")
        return neon or (self.stage.place == "grid" and self.scene.time != "day")


Layer: TypeAlias = Callable[[Canvas, View, Random], None]

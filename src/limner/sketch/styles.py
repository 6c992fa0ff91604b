"""A style is what happens to the finished picture as a whole."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from limner.sketch.canvas import Canvas
from limner.sketch.scene import Scene

PAPER = (252, 248, 238)
SEPIA_DARK, SEPIA_LIGHT = (54, 34, 24), (252, 240, 214)


def style(canvas: Canvas, scene: Scene) -> None:
    """Change the colours, never the shapes; transparency stays as it is."""
    alpha = canvas.image.getchannel("A") if canvas.transparent else None
    image = canvas.image.convert("RGB")
    for name, change in CHANGES.items():
        if name in scene.styles:
            image = change(image)
    if alpha is not None:
        image.putalpha(alpha)
    canvas.image = image


def monochrome(image: Image.Image) -> Image.Image:
    return ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=0.5).convert("RGB")


def sepia(image: Image.Image) -> Image.Image:
    return ImageOps.colorize(ImageOps.grayscale(image), SEPIA_DARK, SEPIA_LIGHT, mid=(170, 130, 92))


def pastel(image: Image.Image) -> Image.Image:
    pale = Image.blend(image, Image.new("RGB", image.size, (255, 244, 240)), 0.3)
    return ImageEnhance.Color(pale).enhance(0.92)


def watercolour(image: Image.Image) -> Image.Image:
    """Pigment runs a little, gathers at edges, and lies unevenly on rough paper."""
    unit = min(image.size)
    soft = _shaken(image.filter(ImageFilter.GaussianBlur(max(0.5, unit * 0.0022))))
    edges = soft.convert("L").filter(ImageFilter.FIND_EDGES).point(_pooled(110))
    edges = edges.filter(ImageFilter.GaussianBlur(max(0.5, unit * 0.002)))
    washed = Image.blend(ImageEnhance.Color(soft).enhance(1.12), _paper(image.size), 0.2)
    washed = ImageChops.multiply(washed, Image.merge("RGB", (edges, edges, edges)))
    for grains, strength in ((6, 0.28), (20, 0.14), (200, 0.045)):
        washed = _uneven(washed, grains, strength)
    return Image.composite(washed, _paper(image.size), _torn(image.size))


def _paper(size: tuple[int, int]) -> Image.Image:
    return Image.new("RGB", size, PAPER)


def _pooled(darkest: int) -> list[int]:
    """From the strength of an edge to how much light the pigment there lets through."""
    return [255 - min(darkest, max(0, value - 6)) for value in range(256)]


def _grain(size: tuple[int, int], grains: int, seed: int) -> Image.Image:
    """Smooth noise with about so many grains along the shorter side."""
    unit = min(size)
    small = tuple(max(2, round(side * grains / unit)) for side in size)
    noise = Image.frombytes("L", (small[0], small[1]), Random(seed).randbytes(small[0] * small[1]))
    return noise.resize(size, Image.Resampling.BICUBIC)


def _uneven(image: Image.Image, grains: int, strength: float) -> Image.Image:
    noise = _grain(image.size, grains, grains)
    pale = Image.blend(image, _paper(image.size), strength)
    deep = ImageChops.multiply(
        image, Image.new("RGB", image.size, (round(255 - 150 * strength),) * 3)
    )
    return Image.composite(pale, deep, noise)


def _shaken(image: Image.Image) -> Image.Image:
    """Straight lines lose their straightness, as if drawn by hand."""
    unit, rng = min(image.size), Random(5)
    step = max(8, unit // 18)
    columns, rows = -(-image.width // step), -(-image.height // step)
    shift = [
        [
            (rng.uniform(-1, 1) * unit * 0.004, rng.uniform(-1, 1) * unit * 0.004)
            for _ in range(columns + 1)
        ]
        for _ in range(rows + 1)
    ]
    mesh = []
    for row in range(rows):
        for column in range(columns):
            box = (column * step, row * step, (column + 1) * step, (row + 1) * step)
            corners = ((0, 0), (0, 1), (1, 1), (1, 0))
            quad: list[float] = []
            for dx, dy in corners:
                moved = shift[row + dy][column + dx]
                quad += [(column + dx) * step + moved[0], (row + dy) * step + moved[1]]
            mesh.append((box, tuple(quad)))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def _torn(size: tuple[int, int]) -> Image.Image:
    """Paint ends before the paper does, and not along a ruler."""
    unit = min(size)
    inner = Image.new("L", size)
    margin = round(unit * 0.045)
    inner.paste(
        255, (margin, margin, max(margin + 1, size[0] - margin), max(margin + 1, size[1] - margin))
    )
    soft = inner.filter(ImageFilter.GaussianBlur(unit * 0.022))
    rough = Image.blend(soft, _grain(size, 30, 9), 0.3)
    return rough.point([min(255, max(0, (value - 104) * 9)) for value in range(256)])


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "watercolour": watercolour,
    "pastel": pastel,
    "sepia": sepia,
    "monochrome": monochrome,
}

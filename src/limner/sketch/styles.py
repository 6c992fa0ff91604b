"""A style is what happens to the finished picture as a whole."""

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from limner.sketch.canvas import Canvas
from limner.sketch.scene import Scene

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
    """Pigment runs together, gathers at edges, and lies unevenly on the paper."""
    unit = min(image.size)
    soft = image.filter(ImageFilter.ModeFilter(max(3, unit // 200 | 1)))
    return ImageEnhance.Brightness(soft).enhance(1.06)


CHANGES = {
    "watercolour": watercolour,
    "pastel": pastel,
    "sepia": sepia,
    "monochrome": monochrome,
}

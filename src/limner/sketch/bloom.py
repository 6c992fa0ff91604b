"""Bright colours spill into the dark around them, the way light does in a lens."""

from PIL import Image, ImageChops, ImageFilter

from limner.sketch.canvas import Canvas


def bloom(canvas: Canvas, strength: float = 0.6) -> None:
    """Only for dark pictures, and only what is bright and colourful shines."""
    small = canvas.image.convert("RGB").reduce(4)
    curve = [round(255 * strength * max(0.0, (value - 90) / 165) ** 1.5) for value in range(256)]
    bright = small.point(curve * 3)
    reach = max(0.6, canvas.unit / 4 * 0.016)
    near = bright.filter(ImageFilter.GaussianBlur(reach))
    far = bright.filter(ImageFilter.GaussianBlur(reach * 3.5))
    light = ImageChops.add(near, far).resize(canvas.image.size, Image.Resampling.BILINEAR)
    alpha = canvas.image.getchannel("A") if canvas.transparent else None
    shining = ImageChops.screen(canvas.image.convert("RGB"), light)
    if alpha is not None:
        shining.putalpha(alpha)
    canvas.image = shining

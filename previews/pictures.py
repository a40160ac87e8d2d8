"""Pictures, made anew: what is shown are pixels that we have written ourselves."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from previews.kinds import MAX_PREVIEW_BYTES, Kind, Preview, Unshowable

MAX_PIXELS = 100_000_000
MAX_WIDTH, MAX_HEIGHT = 1200, 2400
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF")
_DRAWN = ("PNG", "GIF")  # of few colours and sharp edges: plots, above all
_DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")


def show_picture(data: bytes) -> Preview:
    """The picture, of an animation its first frame, as WebP."""
    with warnings.catch_warnings(action="ignore"):  # of tags that are not as they should be
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                return _shown(image)
        except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
            raise Unshowable from error


def _shown(image: Image.Image) -> Preview:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise Unshowable
    is_drawn = image.format in _DRAWN
    image.draft("RGB", (MAX_WIDTH, MAX_HEIGHT))  # a large JPEG is not even decoded whole
    small = smaller(ImageOps.exif_transpose(image))
    facts = {"width": small.width, "height": small.height}
    return Preview(Kind.PICTURE, as_webp(small, is_drawn=is_drawn), facts)


def smaller(image: Image.Image) -> Image.Image:
    """At most as large as is shown, in 8 bits a channel."""
    if image.mode in _DEEP:
        image = _stretched(image)
    has_alpha = image.has_transparency_data
    image = image.convert("RGBA" if has_alpha else "RGB")
    image.thumbnail((MAX_WIDTH, MAX_HEIGHT), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def _stretched(image: Image.Image) -> Image.Image:
    """From black to white what it has, as microscopes' pictures use a part of 16 bits only."""
    wide = image.convert("F")
    low, high = wide.getextrema()
    if not isinstance(low, float) or not isinstance(high, float) or high <= low:
        return wide.convert("L")
    scale = 255 / (high - low)
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def as_webp(image: Image.Image, *, is_drawn: bool) -> bytes:
    """Without loss if it was drawn and stays small; nothing of the file but pixels."""
    if is_drawn:
        data = _saved(image, lossless=True, quality=30)
        if len(data) <= MAX_PREVIEW_BYTES // 4:
            return data
    return _saved(image, lossless=False, quality=82)


def _saved(image: Image.Image, *, lossless: bool, quality: int) -> bytes:
    whole = io.BytesIO()
    image.save(
        whole, "WEBP", lossless=lossless, quality=quality, method=2, exif=b"", icc_profile=b""
    )
    return whole.getvalue()

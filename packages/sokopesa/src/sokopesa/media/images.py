"""Photos are painted anew: what we keep has the picture, upright, and nothing that the camera wrote beside it."""

from __future__ import annotations

import io
import struct

from PIL import Image, ImageCms, ImageOps

from sokopesa.media.errors import FileRefused
from sokopesa.media.limits import LONGEST_SIDE, MOST_PIXELS
from sokopesa.media.sniffing import Format

QUALITY = 85
DAMAGED = (
    "This photo is damaged or did not arrive whole. Open it on your phone; if you can see it there, send it again."
)
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error)
"""What Pillow raises about files that are not what they claim."""


def repaint(content: bytes, found: Format) -> bytes:
    """The photo as a JPEG in sRGB, turned as its camera held it, its longest side at most `LONGEST_SIDE`, on white
    where it was transparent. Without EXIF, place, comments, previews and profiles. The same bytes give the same bytes.

    Raises:
        FileRefused: damaged, or more pixels than we look at.
    """
    try:
        with Image.open(io.BytesIO(content), formats=[found.extension.replace("jpg", "jpeg")]) as picture:
            _check_pixels(picture)
            # A JPEG can be read at a half, a quarter or an eighth, which costs as much less.
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            picture.load()
            small = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
            flat = _in_standard_colours(_on_white(_upright(small)), picture.info.get("icc_profile"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise FileRefused(_too_many_pixels()) from bomb
    except _BROKEN as damage:
        raise FileRefused(DAMAGED) from damage
    painted = io.BytesIO()
    # A picture made of pixels alone, for whatever else the old one knew would be saved with it.
    clean = Image.frombytes("RGB", flat.size, flat.tobytes())
    clean.save(painted, "JPEG", quality=QUALITY, optimize=True, progressive=True, subsampling=0)
    return painted.getvalue()


def _check_pixels(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise FileRefused(_too_many_pixels())


def _too_many_pixels() -> str:
    return f"This photo has more than {MOST_PIXELS // 1_000_000} megapixels. Send a smaller one."


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF says. One that says it in an odd way stays as it lies."""
    try:
        return ImageOps.exif_transpose(picture)
    except _BROKEN:
        return picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture).convert("RGB")


def _in_standard_colours(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Phones with wide colours write which ones; without that, theirs would look pale. An odd profile is left aside."""
    if not profile:
        return picture
    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(picture, theirs, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return turned or picture

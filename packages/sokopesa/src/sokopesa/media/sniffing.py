"""What a file is, by its first bytes. Names and what browsers claim are not asked."""

from __future__ import annotations

from dataclasses import dataclass

from sokopesa.media.errors import FileRefused
from sokopesa.media.limits import LARGEST_OF
from sokopesa.media.models import MEGABYTE, Upload

HEAD = 4096
"""Bytes that are enough to tell."""

WE_TAKE = "Send a JPG, PNG or WebP photo, a PDF, or an MP4, WebM or 3GP video."


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that we take."""

    kind: Upload.Kind
    content_type: str
    extension: str


JPEG = Format(Upload.Kind.IMAGE, "image/jpeg", "jpg")
PNG = Format(Upload.Kind.IMAGE, "image/png", "png")
WEBP = Format(Upload.Kind.IMAGE, "image/webp", "webp")
PDF = Format(Upload.Kind.PDF, "application/pdf", "pdf")
MP4 = Format(Upload.Kind.VIDEO, "video/mp4", "mp4")
THREE_GP = Format(Upload.Kind.VIDEO, "video/3gpp", "3gp")
WEBM = Format(Upload.Kind.VIDEO, "video/webm", "webm")

EXTENSIONS = {known.content_type: known.extension for known in (JPEG, PNG, WEBP, PDF, MP4, THREE_GP, WEBM)}

_BRANDS = {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
_PHOTO_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"}
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"PK\x03\x04dex", b"dex\n", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
_TEXT_OF_THE_WEB = (b"<svg", b"<!doctype", b"<html", b"<?xml", b"<script", b"<!--")


def format_of(head: bytes) -> Format:
    """The format of a file that begins with ``head``, its first `HEAD` bytes or all of it.

    Raises:
        FileRefused: nothing that we take; the words say what to do instead.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"%PDF-"):
        return PDF
    if head[4:8] == b"ftyp":
        return _format_of_boxes(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _format_of_ebml(head)
    raise FileRefused(_why_not(head))


def check_size(found: Format, size: int) -> None:
    """Raises:
    FileRefused: larger than we take of that kind.
    """
    if size > (most := LARGEST_OF[found.kind]):
        advice = "Send a shorter one." if found.kind == Upload.Kind.VIDEO else "Send a smaller one."
        raise FileRefused(
            f"This {found.kind.label} has {megabytes(size)}. We take up to {most // MEGABYTE} MB. {advice}"
        )


def megabytes(size: int) -> str:
    """A size as people read it, never rounded down: ``5.1 MB``."""
    return f"{-(-size * 10 // MEGABYTE) / 10:.1f} MB"


def _format_of_boxes(brand: bytes) -> Format:
    if brand in _BRANDS:
        return MP4
    if brand[:2] == b"3g":
        return THREE_GP
    if brand in _PHOTO_BRANDS:
        raise FileRefused("This photo is in a format that many phones cannot show (HEIC or AVIF). Send it as a JPG.")
    if brand == b"qt  ":
        raise FileRefused("This video is a MOV, which many phones cannot play. Send it as an MP4.")
    raise FileRefused(f"We do not know this kind of video. {WE_TAKE}")


def _format_of_ebml(head: bytes) -> Format:
    """The header of WebM and Matroska says which of them follows (element ``DocType``, 0x4282)."""
    at = head.find(b"\x42\x82")
    if at > 0 and head[at + 2 : at + 7] == b"\x84webm":
        return WEBM
    raise FileRefused("This video is an MKV, which many phones cannot play. Send it as an MP4.")


def _why_not(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_PROGRAMS):
        return f"This is a program, whatever its name says. {WE_TAKE}"
    if head.startswith(b"PK\x03\x04"):
        return f"We do not take packed files (ZIP, Word, Excel). {WE_TAKE}"
    if start.startswith(_TEXT_OF_THE_WEB):
        return f"We do not take drawings or pages that can hold programs (SVG, HTML). {WE_TAKE}"
    if head.startswith((b"GIF8", b"BM", b"II*\0", b"MM\0*")):
        return "We do not take this kind of picture. Send it as a JPG or PNG."
    return f"This is no photo, PDF or video that we know. {WE_TAKE}"

"""What is taken, what is refused with which words, and what is left of what a camera writes."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from sokopesa.media import serving, uploads
from sokopesa.media.errors import FileRefused
from sokopesa.media.images import repaint
from sokopesa.media.models import MEGABYTE, Upload
from sokopesa.media.sniffing import JPEG, PNG, WEBP

Files = Sender = Any


def kept(upload: Upload) -> bytes:
    with serving.open(upload) as file:
        return file.read()


def picture(upload: Upload) -> Image.Image:
    return Image.open(io.BytesIO(kept(upload)))


@pytest.mark.parametrize("name", ["photo.jpg", "photo.exe", "", "x" * 300, "../../etc/passwd", "a\u202egpj.exe\x00"])
def test_a_photo_is_a_photo_whatever_it_is_called(sender: Sender, files: Files, name: str) -> None:
    upload = sender.send(files.jpg(), name=name)
    assert (upload.state, upload.kind, upload.content_type) == ("ready", "image", "image/jpeg")
    assert upload.size == len(kept(upload))
    assert upload.name
    assert "/" not in upload.name
    assert upload.name.isprintable()


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_of_a_photo_only_the_picture_is_kept(sender: Sender, files: Files, format_: str) -> None:
    with Image.open(io.BytesIO(files.jpg_with_place())) as camera:
        sent = files.saved(camera, format_, exif=camera.getexif())
    assert b"Tecno" in sent
    found = picture(sender.send(sent))
    assert dict(found.getexif()) == {}
    assert set(found.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    for told in (b"Exif", b"Tecno", b"Spark", b"comment", b"Said beside it", b"xmpmeta", b"ICC_PROFILE"):
        assert told not in kept(Upload.objects.get())
    assert found.size == (640, 480)


def test_a_photo_is_turned_as_the_camera_was_held(sender: Sender, files: Files) -> None:
    """The blue corner was at the top left; the camera lay on its side."""
    found = picture(sender.send(files.jpg_with_place(orientation=6)))
    assert found.size == (480, 640)
    assert found.getpixel((400, 100))[2] > 150
    assert found.getpixel((100, 100))[2] < 100


def test_a_large_photo_becomes_as_large_as_anybody_needs(sender: Sender, files: Files) -> None:
    assert picture(sender.send(files.jpg((4000, 3000)))).size == (2048, 1536)
    assert picture(sender.send(files.saved(files.picture((300, 5000)), "PNG"))).size == (123, 2048)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "CMYK", "I;16"])
def test_every_way_in_which_colours_are_written_is_read(files: Files, mode: str) -> None:
    base = files.picture((64, 48))
    turned = base.convert("I").convert(mode) if mode == "I;16" else base.convert("P").convert(mode)
    as_ = {"CMYK": JPEG, "PA": WEBP}.get(mode, PNG)
    with Image.open(io.BytesIO(repaint(files.saved(turned, as_.content_type[6:].upper()), as_))) as found:
        assert (found.mode, found.size) == ("RGB", (64, 48))


def test_what_is_transparent_becomes_white(files: Files) -> None:
    clear = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    with Image.open(io.BytesIO(repaint(files.saved(clear, "PNG"), PNG))) as found:
        assert min(found.getpixel((8, 8))) > 250


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MZ\x90\x00" + bytes(2_000), "program"),
        (b"\x7fELF" + bytes(2_000), "program"),
        (b"#!/bin/sh\nrm -rf /\n", "program"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"\xef\xbb\xbf <!DOCTYPE html><script>alert(1)</script>", "HTML"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"PK\x03\x04" + bytes(100), "packed"),
        (b"GIF89a" + bytes(100), "JPG or PNG"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "HEIC"),
        (b"\x00\x00\x00\x14ftypqt  " + bytes(100), "MOV"),
        (b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska" + bytes(100), "MKV"),
        (b"hello", "no photo"),
        (b"\xff\xd8\xff", "damaged"),
        (b"%PDF-1.4\nhalf", "damaged"),
    ],
)
def test_what_is_not_taken_is_refused_in_words_and_leaves_nothing(sender: Sender, content: bytes, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        sender.send(content, name="holiday.jpg")
    upload = Upload.objects.get()
    assert upload.state == "refused"
    assert words in upload.refused_why


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_half_a_photo_is_refused(sender: Sender, files: Files, format_: str) -> None:
    whole = files.saved(files.picture((800, 600)), format_)
    with pytest.raises(FileRefused, match="damaged"):
        sender.send(whole[: len(whole) // 2])


def test_an_empty_file_is_refused_at_once(sender: Sender) -> None:
    with pytest.raises(FileRefused, match="empty"):
        sender.begin(0)
    assert not Upload.objects.exists()


def test_a_small_file_that_would_unpack_to_a_mountain_is_refused_unpacked(files: Files) -> None:
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1_000))), (b"IEND", b""))
    )
    with pytest.raises(FileRefused, match="40 megapixels"):
        repaint(b"\x89PNG\r\n\x1a\n" + chunks, PNG)
    with pytest.raises(FileRefused, match="40 megapixels"):
        repaint(files.saved(Image.new("1", (8_000, 5_001)), "PNG"), PNG)


@pytest.mark.parametrize(
    "body",
    [
        b"<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
        b"<< /AA << /O << /S /Java#53cript /JS 5 0 R >> >> >>",
        b"<< /OpenAction << /S /Launch /F (calc.exe) >> >>",
        b"<< /Names << /EmbeddedFiles 7 0 R >> >>",
        b"<< /AcroForm << /XFA 8 0 R >> >>",
        b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>\nstream\n"
        + zlib.compress(b"5 0 << /S /JavaScript /JS (app.alert(1)) >>")
        + b"\nendstream",
        b"<< /Type /Obj#53tm /N 1 /First 4 /Filter /FlateDecode >>\nstream\r\n"
        + zlib.compress(b"5 0 << /S /#4aavaScript /JS (app.alert(1)) >>")
        + b"\r\nendstream",
    ],
)
def test_papers_that_run_something_are_refused(sender: Sender, files: Files, body: bytes) -> None:
    with pytest.raises(FileRefused, match="program"):
        sender.send(files.pdf(body))


def test_papers_are_kept_as_they_are_unless_they_hide_something(sender: Sender, files: Files) -> None:
    paper = files.pdf()
    upload = sender.send(paper, name="customs.pdf")
    assert (upload.kind, upload.content_type, kept(upload)) == ("pdf", "application/pdf", paper)
    with pytest.raises(FileRefused, match="password"):
        sender.send(files.pdf(b"<< /Encrypt 9 0 R >>"))
    with pytest.raises(FileRefused, match="damaged"):
        sender.send(files.pdf(b"<< /Type /ObjStm /Filter /LZWDecode >>\nstream\nxyz\nendstream"))


@pytest.mark.parametrize(
    ("brand", "content_type"),
    [(b"isom", "video/mp4"), (b"mp42", "video/mp4"), (b"3gp4", "video/3gpp"), (b"3g2a", "video/3gpp")],
)
def test_a_video_keeps_its_film_and_loses_its_place(
    sender: Sender, files: Files, brand: bytes, content_type: str
) -> None:
    sent = files.mp4(brand=brand)
    assert b"-01.2864+036.8172" in sent
    upload = sender.send(sent, name="unboxing.mp4")
    found = kept(upload)
    assert (upload.kind, upload.content_type, len(found)) == ("video", content_type, len(sent))
    assert b"-01.2864" not in found
    assert b"Tecno" not in found
    assert found[: sent.index(b"moov")] == sent[: sent.index(b"moov")]


def test_webm_is_kept_as_it_is(sender: Sender, files: Files) -> None:
    upload = sender.send(files.webm())
    assert (upload.content_type, kept(upload)) == ("video/webm", files.webm())


@pytest.mark.parametrize("cut", [10, 300, 600])
def test_half_a_video_is_refused(sender: Sender, files: Files, cut: int) -> None:
    with pytest.raises(FileRefused, match="damaged"):
        sender.send(files.mp4()[:-cut])
    with pytest.raises(FileRefused, match="damaged"):
        sender.send(files.webm(length=b"\x01" + (400 + cut).to_bytes(7, "big")))


@pytest.mark.parametrize(
    ("kind", "most", "words"), [("jpg", 5, "Photo has 5.1 MB"), ("pdf", 5, "PDF has 5.1 MB"), ("any", 30, "30.1 MB")]
)
def test_the_first_piece_shows_that_a_file_is_too_large(
    sender: Sender, files: Files, kind: str, most: int, words: str
) -> None:
    head = {"jpg": files.noise(8_192), "pdf": b"%PDF-1.7\n" + bytes(8_192), "any": b""}[kind]
    with pytest.raises(FileRefused, match=words):
        uploads.append(sender.begin(most * MEGABYTE + 1), offset=0, chunk=head, now=sender.now)

"""People who send files, and files of every kind."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.test import Client
from PIL import Image, ImageDraw

from sokopesa.media import uploads
from sokopesa.media.limits import LARGEST_CHUNK
from sokopesa.media.models import Upload
from sokopesa.people.models import User

_NUMBERS = count(1)


class Files:
    """Files as phones make them, and as nobody should."""

    EBML = bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104428581 02".replace(" ", ""))

    def picture(self, size: tuple[int, int] = (640, 480), *, shade: int = 0) -> Image.Image:
        picture = Image.new("RGB", size, (200, 120, shade))
        ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1] // 2), fill=(20, 40, 200))
        return picture

    def saved(self, picture: Image.Image, format_: str = "JPEG", **options: Any) -> bytes:
        file = io.BytesIO()
        picture.save(file, format_, **options)
        return file.getvalue()

    def jpg(self, size: tuple[int, int] = (640, 480), *, shade: int = 0) -> bytes:
        return self.saved(self.picture(size, shade=shade))

    def jpg_with_place(self, *, orientation: int = 1) -> bytes:
        """A photo with maker, moment, a comment and the place where it was taken: Nairobi."""
        exif = Image.Exif()
        exif[0x010F], exif[0x0110], exif[0x0112] = "Tecno", "Spark 10", orientation
        exif[0x9286] = "A comment of the user"
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2], gps[3], gps[4] = "S", (1.0, 17.0, 11.0), "E", (36.0, 49.0, 2.0)
        return self.saved(self.picture(), exif=exif, comment=b"Said beside it", xmp=b"<x:xmpmeta>Nairobi</x:xmpmeta>")

    def noise(self, size: int) -> bytes:
        """A JPEG's beginning, then ``size`` bytes in all that no picture has."""
        return (b"\xff\xd8\xff\xe0" + bytes(range(256)) * (size // 256 + 1))[:size]

    def box(self, kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body) + 8) + kind + body

    def mp4(self, *, brand: bytes = b"isom", film: bytes = b"film" * 100) -> bytes:
        place = self.box(b"udta", self.box(b"\xa9xyz", b"\x00\x12\x15\xc7-01.2864+036.8172/"))
        track = self.box(b"trak", self.box(b"tkhd", bytes(84)) + self.box(b"meta", b"Tecno Spark 10"))
        movie = self.box(b"moov", self.box(b"mvhd", bytes(100)) + track + place)
        return self.box(b"ftyp", brand + bytes(4)) + self.box(b"mdat", film) + movie

    def webm(self, *, length: bytes = b"\x01\xff\xff\xff\xff\xff\xff\xff", film: bytes = b"film" * 100) -> bytes:
        return self.EBML + b"\x18\x53\x80\x67" + length + film

    def pdf(self, body: bytes = b"<< /Type /Catalog /OpenAction [3 0 R /Fit] >>") -> bytes:
        return b"%PDF-1.7\n1 0 obj\n" + body + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@dataclass
class Sender:
    """Somebody with a phone full of files."""

    user: User
    now: datetime

    def begin(self, size: int, *, name: str | None = None, purpose: str = "chat") -> Upload:
        name = f"photo-{next(_NUMBERS)}.jpg" if name is None else name
        return uploads.begin(owner=self.user, name=name, size=size, purpose=Upload.Purpose(purpose), now=self.now)

    def arrived(self, content: bytes, **facts: str) -> Upload:
        """All bytes are here; nobody has looked at them yet."""
        upload = self.begin(len(content), **facts)
        for offset in range(0, len(content), LARGEST_CHUNK):
            piece = content[offset : offset + LARGEST_CHUNK]
            upload = uploads.append(upload, offset=offset, chunk=piece, now=self.now)
        return upload

    def send(self, content: bytes, **facts: str) -> Upload:
        return uploads.finish(self.arrived(content, **facts), now=self.now)


@pytest.fixture
def make_sender() -> Any:
    """For tests that open the database in their own way."""
    moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    return lambda: Sender(User.objects.create_user(f"2547111{next(_NUMBERS):05d}"), moment)


@pytest.fixture
def sender(db: None, make_sender: Any) -> Sender:
    return make_sender()


@pytest.fixture
def stranger(db: None, make_sender: Any) -> Sender:
    return make_sender()


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def signed_in(client: Client, sender: Sender) -> Client:
    client.force_login(sender.user)
    return client

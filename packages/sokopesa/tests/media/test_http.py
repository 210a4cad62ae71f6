"""Sending files over HTTP, and getting them back."""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest
from django.test import AsyncClient, Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from PIL import Image

from sokopesa.faces.storefront.uploading import claimed
from sokopesa.kernel import clock
from sokopesa.media import files as store
from sokopesa.media.limits import LARGEST_CHUNK
from sokopesa.media.models import MEGABYTE, Upload

Files = Sender = Any
CHAT = Upload.Purpose.CHAT


def begin(client: Client, size: int, *, name: str = "photo.jpg", purpose: str = "chat") -> Any:
    wanted = {"name": name, "size": size, "purpose": purpose}
    return client.post("/media/", json.dumps(wanted), content_type="application/json")


def piece(client: Client, url: str, offset: int | str, content: bytes) -> Any:
    return client.patch(url, content, content_type="application/octet-stream", headers={"Upload-Offset": str(offset)})


def send(client: Client, content: bytes, **facts: str) -> dict[str, Any]:
    url = begin(client, len(content), **facts).json()["url"]
    for offset in range(0, len(content), LARGEST_CHUNK):
        assert piece(client, url, offset, content[offset : offset + LARGEST_CHUNK]).status_code == 204
    told: dict[str, Any] = client.post(f"{url}finish/").json()
    return told


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_file_goes_up_in_pieces_and_comes_back(signed_in: Client, files: Files) -> None:
    content = files.jpg((1_000, 800))
    begun = begin(signed_in, len(content), name="C:\\DCIM\\kettle.png")
    assert begun.status_code == 201
    url = begun.json()["url"]
    assert piece(signed_in, url, 0, content[:1_000])["Upload-Offset"] == "1000"
    assert signed_in.head(url)["Upload-Offset"] == "1000"
    gap = piece(signed_in, url, 2_000, content[2_000:])
    assert (gap.status_code, gap["Upload-Offset"]) == (409, "1000")
    assert signed_in.post(f"{url}finish/").status_code == 409
    assert signed_in.get(url).status_code == 404
    assert piece(signed_in, url, 500, content[500:])["Upload-Offset"] == str(len(content))
    told = signed_in.post(f"{url}finish/").json()
    assert (told["state"], told["kind"], told["name"]) == ("ready", "image", "kettle.png")
    answer = signed_in.get(url)
    with Image.open(io.BytesIO(body(answer))) as found:
        assert found.size == (1_000, 800)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"] == 'inline; filename="kettle.jpg"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-cache"
    assert signed_in.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert signed_in.head(url)["Content-Length"] == str(Upload.objects.get().size)


def test_papers_are_saved_and_not_shown(signed_in: Client, files: Files) -> None:
    told = send(signed_in, files.pdf(), name='cus"toms\r\nX: y.pdf')
    answer = signed_in.get(told["url"])
    assert body(answer) == files.pdf()
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert "X" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-", 206, (0, 999)),
        ("bytes=0-0", 206, (0, 0)),
        ("bytes=990-2000", 206, (990, 999)),
        ("bytes=-10", 206, (990, 999)),
        ("bytes=-5000", 206, (0, 999)),
        ("bytes=1000-", 416, (0, 0)),
        ("bytes=-0", 416, (0, 0)),
        ("bytes=5-2", 200, (0, 999)),
        ("bytes=0-1,5-6", 200, (0, 999)),
        ("bytes=-", 200, (0, 999)),
        ("lines=1-2", 200, (0, 999)),
        ("", 200, (0, 999)),
    ],
)
def test_players_get_the_part_of_a_video_that_they_ask_for(
    signed_in: Client, files: Files, asked: str, status: int, part: tuple[int, int]
) -> None:
    first, last = part
    content = files.webm(film=bytes(1_000 - len(files.webm(film=b""))))
    url = send(signed_in, content)["url"]
    answer = signed_in.get(url, headers={"Range": asked, "Accept-Encoding": "gzip"})
    assert answer.status_code == status
    if status == 416:
        assert answer["Content-Range"] == "bytes */1000"
        return
    assert body(answer) == content[first : last + 1]
    assert answer["Content-Length"] == str(last + 1 - first)
    assert answer.get("Content-Range", "") == (f"bytes {first}-{last}/1000" if status == 206 else "")
    assert answer["Accept-Ranges"] == "bytes"
    older = signed_in.get(url, headers={"Range": asked, "If-Range": '"another"'})
    assert older.status_code == 200


@pytest.mark.usefixtures("committing")
def test_the_server_itself_streams_files_without_holding_them(make_sender: Any, files: Files) -> None:
    sender = make_sender()
    content = files.webm(film=bytes(range(250)) * 4_000)
    upload = sender.send(content)

    async def get() -> bytes:
        client = AsyncClient()
        await client.aforce_login(sender.user)
        answer = await client.get(f"/media/{upload.pk}/", headers={"Range": "bytes=7-"})
        assert answer.is_async
        return b"".join([part async for part in answer])

    assert async_to_sync(get)() == content[7:]


@pytest.mark.parametrize("method", ["get", "head", "patch", "delete"])
def test_somebody_elses_file_is_not_there(
    client: Client, sender: Sender, stranger: Sender, method: str, files: Files
) -> None:
    theirs = stranger.send(files.jpg())
    client.force_login(sender.user)
    for upload_id in (theirs.pk, uuid4()):
        assert getattr(client, method)(f"/media/{upload_id}/").status_code == 404
        assert client.post(f"/media/{upload_id}/finish/").status_code == 404
    assert Upload.objects.get() == theirs


def test_signed_out_one_is_told_so_and_without_the_forms_secret_nothing_is_done(sender: Sender, client: Client) -> None:
    assert begin(client, 5).status_code == 401
    assert "Sign in" in begin(client, 5).json()["error"]
    assert client.get(f"/media/{uuid4()}/").status_code == 401
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(sender.user)
    assert begin(forged, 5).status_code == 403
    assert forged.delete(f"/media/{sender.begin(5).pk}/").status_code == 403


def test_refusals_have_words(signed_in: Client, files: Files) -> None:
    assert "empty" in begin(signed_in, 0).json()["error"]
    assert "30 MB" in begin(signed_in, 31 * MEGABYTE).json()["error"]
    for held in ("a", "b"):
        assert begin(signed_in, 29 * MEGABYTE, name=held).status_code == 201
    full = begin(signed_in, 5 * MEGABYTE)
    assert full.status_code == 429
    assert "not sent yet" in full.json()["error"]
    url = begin(signed_in, 5).json()["url"]
    assert piece(signed_in, url, 0, b"hello").status_code == 204
    refused = signed_in.post(f"{url}finish/")
    assert refused.status_code == 422
    assert "no photo" in refused.json()["error"]


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "[]",
        "null",
        "\x00",
        '{"name": "x", "size": "5", "purpose": "chat"}',
        '{"name": "x", "size": 5, "purpose": "x"}',
        '{"name": 1, "size": 5, "purpose": "chat"}',
        '{"name": "x", "size": true, "purpose": "chat"}',
    ],
)
def test_nonsense_is_turned_away(signed_in: Client, wanted: str) -> None:
    assert signed_in.post("/media/", wanted, content_type="application/json").status_code == 400


@pytest.mark.parametrize("offset", ["", "-1", "x", "9" * 30, "٣"])
def test_pieces_that_belong_nowhere_are_turned_away(signed_in: Client, offset: str) -> None:
    url = begin(signed_in, 5).json()["url"]
    answer = signed_in.patch(url, b"x", headers={"Upload-Offset": offset} if offset.isascii() else {})
    assert answer.status_code == 400


def test_a_piece_is_not_larger_than_a_broken_line_may_cost(signed_in: Client) -> None:
    url = begin(signed_in, 5 * MEGABYTE).json()["url"]
    assert piece(signed_in, url, 0, bytes(LARGEST_CHUNK + 1)).status_code == 413
    assert piece(signed_in, url, 0, bytes(3 * MEGABYTE)).status_code == 413


def test_removed_is_gone(signed_in: Client, files: Files) -> None:
    url = send(signed_in, files.jpg())["url"]
    assert signed_in.delete(url).status_code == 204
    assert signed_in.get(url).status_code == 404


def test_a_file_that_is_lost_is_not_found_and_the_operator_reads_of_it(
    signed_in: Client, files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    url = send(signed_in, files.jpg())["url"]
    store.discard(Upload.objects.get().pk)
    assert signed_in.get(url).status_code == 404


def test_a_file_costs_few_queries(signed_in: Client, files: Files) -> None:
    url = send(signed_in, files.jpg())["url"]
    with CaptureQueriesContext(connection) as seen:
        body(signed_in.get(url))
    assert len(seen) == 3  # session, user, upload


def form(sender: Sender, *sent: tuple[str, bytes], ids: list[object] = []) -> HttpRequest:  # noqa: B006
    data = {"uploads": [str(known) for known in ids], "files": [SimpleUploadedFile(*file) for file in sent]}
    return RequestFactory().post("/", {name: values for name, values in data.items() if values})


def test_a_form_brings_what_was_sent_before_and_what_comes_with_it(sender: Sender, files: Files) -> None:
    before = sender.send(files.jpg())
    request = form(sender, ("a.jpg", files.jpg(shade=9)), ("b.pdf", files.pdf()), ids=[before.pk])
    found = claimed(request, sender.user, CHAT, clock.now())
    assert found.errors == []
    assert [upload.kind for upload in found.uploads] == ["image", "image", "pdf"]
    assert found.uploads[0] == before


def test_what_is_wrong_with_one_file_is_said_and_the_others_are_kept(
    sender: Sender, stranger: Sender, files: Files
) -> None:
    theirs, half = stranger.send(files.jpg()), sender.begin(9, name="half.mp4")
    mine = sender.send(files.jpg())
    request = form(
        sender, ("run.jpg", b"MZ" + bytes(99)), ("nothing.jpg", b""), ("b.pdf", files.pdf()),
        ids=[mine.pk, theirs.pk, half.pk, "nonsense"],
    )  # fmt: skip
    found = claimed(request, sender.user, CHAT, clock.now())
    assert [upload.kind for upload in found.uploads] == ["image", "pdf"]
    told = "\n".join(found.errors)
    for words in (
        "not here any more",
        "half.mp4 has not arrived",
        "run.jpg: This is a program",
        "nothing.jpg: This file is",
    ):
        assert words in told


def test_a_form_brings_ten_files_and_no_more(sender: Sender, files: Files) -> None:
    ids = [sender.send(files.jpg(shade=25 * n)).pk for n in range(10)]
    assert len(claimed(form(sender, ids=ids), sender.user, CHAT, clock.now()).uploads) == 10
    found = claimed(form(sender, ("more.pdf", files.pdf()), ids=ids), sender.user, CHAT, clock.now())
    assert "up to 10 files" in found.errors[0]


def test_the_same_form_sent_twice_brings_the_same_files(sender: Sender, files: Files) -> None:
    first, second = (
        claimed(form(sender, ("a.jpg", files.jpg())), sender.user, CHAT, clock.now()).uploads for _ in range(2)
    )
    assert first == second


def test_a_page_that_is_only_looked_at_brings_none(sender: Sender) -> None:
    found = claimed(RequestFactory().get("/"), sender.user, CHAT, clock.now())
    assert (found.uploads, found.errors) == ([], [])

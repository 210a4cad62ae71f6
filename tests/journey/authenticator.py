"""Authenticator apps: those that the demo shows as a page, and one of our own, which knows the standard and no more."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

from playwright.sync_api import expect
from tests.journey.shopper import Shopper

ASKED = "Is it you?"
PATIENCE_SECONDS = 45
"""The next code is shown within thirty."""

_used: dict[str, str] = {}
"""The last code that each number has given: it works once."""


def give_code(member: Shopper) -> None:
    """Type what the demo's page shows as this person's code, if a code is asked for; the form goes with it."""
    if not is_asked(member):
        return
    member.write({"Code from your app": unused_code(member)})
    member.page.get_by_role("button", name=re.compile("^(Give the code|Continue)")).click()
    expect(member.heading).not_to_have_text(ASKED)


def is_asked(member: Shopper) -> bool:
    """Whether the page that the person came to asks for a code."""
    member.page.wait_for_load_state()
    return member.heading.inner_text() == ASKED


def unused_code(member: Shopper) -> str:
    """What the demo's page shows for the person, once it is another code than the last that they gave."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while (code := _shown(member)) == _used.get(member.sim.msisdn):
        assert time.monotonic() < give_up_at, f"the page goes on showing {code}"
        time.sleep(1)
    _used[member.sim.msisdn] = code
    return code


def _shown(member: Shopper) -> str:
    page = member.errands.get("/demo/authenticator/").text()
    found = re.search(rf"<small>{member.sim.local}</small></div><output [^>]*>(\d{{3}} \d{{3}})<", page)
    assert found, f"no code for {member.sim.local}"
    return found[1]


def code_of(secret: str) -> str:
    """The code of a secret in base 32, by RFC 6238."""
    message = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), message, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"

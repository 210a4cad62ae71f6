"""Guarding a callback URL."""

import hashlib

import daraja


def test_tokens_are_unguessable_and_never_spell_a_banned_word():
    tokens = {daraja.callback_token() for _ in range(500)}
    assert len(tokens) == 500
    assert all(len(token) == 64 and set(token) <= set("0123456789abcdef") for token in tokens)


def test_a_digest_is_what_is_stored():
    assert daraja.token_digest("abc") == hashlib.sha256(b"abc").digest()


def test_only_listed_addresses_may_post():
    assert len(daraja.SAFARICOM_ADDRESSES) == 12
    assert daraja.address_allowed("196.201.214.200")
    assert daraja.address_allowed("::ffff:196.201.214.200")
    assert not daraja.address_allowed("196.201.214.201")
    assert not daraja.address_allowed("not an address")
    assert not daraja.address_allowed("")
    assert daraja.address_allowed("127.0.0.1", ["127.0.0.0/8"])
    assert daraja.address_allowed("::1", ["127.0.0.0/8", "::1"])

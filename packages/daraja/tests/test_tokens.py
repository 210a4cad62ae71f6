"""One token for everybody who needs it."""

import multiprocessing
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest

import daraja

SAMPLES = Path(__file__).parent / "samples"
QUERY = daraja.StkQuery(shortcode="174379", passkey="secret", checkout_request_id="ws_CO_1")
PAID = (SAMPLES / "stkquery_0_2021.json").read_bytes()


def test_many_threads_share_one_token(gateway, client, answer):
    gateway.answers(answer(body=PAID))
    gateway.mint_seconds = 0.1
    start = threading.Barrier(8)

    def ask(_: int) -> daraja.StkStatus:
        start.wait()
        return client.stk_query(QUERY)

    with ThreadPoolExecutor(8) as pool:
        assert all(status.state is daraja.StkState.PAID for status in pool.map(ask, range(8)))
    assert gateway.tokens_minted == 1
    assert {call.headers["Authorization"] for call in gateway.calls} == {"Bearer token-1"}


def test_many_tasks_share_one_token(gateway, credentials, answer):
    gateway.answers(answer(body=PAID))
    gateway.mint_seconds = 0.1

    async def ask_all() -> None:
        async with (
            daraja.AsyncClient(credentials=credentials, environment=gateway.environment) as client,
            anyio.create_task_group() as tasks,
        ):
            for _ in range(20):
                tasks.start_soon(client.stk_query, QUERY)

    anyio.run(ask_all)
    assert len(gateway.calls) == 20
    assert gateway.tokens_minted == 1


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (404, "404.001.03", "Invalid Access Token"),
        (400, "400.003.01", "Invalid Access Token"),
        (401, "401.002.01", "Error Occurred - Invalid Access Token - token-1"),
        (401, "401.001", "Invalid Access Token"),
        (400, "400.009.09", "Invalid Access Token"),
        (401, "401.003.01", "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found"),
    ],
)
def test_a_rejected_token_is_replaced_once_even_for_money(gateway, client, make_push, answer, *, status, code, message):
    rejected = answer(status=status, body={"errorCode": code, "errorMessage": message})
    gateway.answers(rejected, answer(body=(SAMPLES / "stkack_2024.json").read_bytes()))
    client.stk_push(make_push())
    assert [call.headers["Authorization"] for call in gateway.calls] == ["Bearer token-1", "Bearer token-2"]


def test_a_token_rejected_twice_is_the_operators_to_fix(gateway, client, make_push, answer):
    gateway.answers(answer(status=404, body={"errorCode": "404.001.03", "errorMessage": "Invalid Access Token"}))
    with pytest.raises(daraja.WrongCredentials):
        client.stk_push(make_push())
    assert len(gateway.calls) == 2


@pytest.mark.parametrize("life", ["3599", 3599, "invalid", None, float("inf")])
def test_a_tokens_life_is_read_in_every_form(gateway, client, answer, life):
    gateway.token_script[:] = [
        answer(
            body=f'{{"access_token": "t", "expires_in": {life!r}}}'.replace("'", '"')
            .replace("None", "null")
            .replace("inf", "1e999")
            .encode()
        )
    ]
    gateway.answers(answer(body=PAID))
    client.stk_query(QUERY)
    client.stk_query(QUERY)
    assert [call.headers["Authorization"] for call in gateway.calls] == ["Bearer t", "Bearer t"]


def test_a_token_is_replaced_a_minute_before_its_end(gateway, client, answer):
    gateway.token_script[:] = [answer(body={"access_token": "short", "expires_in": "60"})]
    gateway.answers(answer(body=PAID))
    client.stk_query(QUERY)
    client.stk_query(QUERY)
    assert [call.headers["Authorization"] for call in gateway.calls] == ["Bearer short", "Bearer token-1"]


@pytest.mark.parametrize("token", ["", "two\nlines", "caf\u00e9", ["listed"], None])
def test_a_token_that_cannot_be_used_is_neither_sent_nor_shown(gateway, client, make_push, answer, token):
    gateway.token_script[:] = [answer(body={"access_token": token, "expires_in": "3599"})] * 3
    with pytest.raises(daraja.Unreachable) as caught:
        client.stk_push(make_push())
    assert gateway.calls == []
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert not any(part in shown for part in ("two", "lines", "caf", "listed"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b""),
        (400, b'{"errorCode": "400.008.01", "errorMessage": "Invalid Authentication passed"}'),
        (400, b'{"errorCode": "400.008.02", "errorMessage": "Invalid grant type passed"}'),
        (401, b""),
    ],
)
def test_wrong_keys_are_named_as_such(gateway, client, make_push, answer, *, status, body):
    gateway.token_script[:] = [answer(status=status, body=body)]
    with pytest.raises(daraja.WrongCredentials):
        client.stk_push(make_push())
    assert gateway.calls == []


def test_no_token_means_that_nothing_was_sent(gateway, client, make_push, answer):
    gateway.token_script[:] = [answer(status=503, body=b"<html>")] * 3
    with pytest.raises(daraja.Unreachable, match="not sent"):
        client.stk_push(make_push())
    assert gateway.calls == []


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_two_clients_with_one_store_share_a_token(gateway, credentials, answer, tmp_path, kind):
    gateway.answers(answer(body=PAID))
    store = daraja.MemoryTokenStore() if kind == "memory" else daraja.SqliteTokenStore(tmp_path / "tokens")
    for _ in range(2):
        with daraja.Client(credentials=credentials, environment=gateway.environment, token_store=store) as client:
            client.stk_query(QUERY)
    assert gateway.tokens_minted == 1


def ask_once(url: str, store: Path, start: object) -> None:
    """Run in a process of its own."""
    environment = daraja.Environment(base_url=url, allow_http=True)
    credentials = daraja.Credentials(consumer_key="consumer-key-1", consumer_secret="consumer-secret-1")
    client = daraja.Client(credentials=credentials, environment=environment, token_store=daraja.SqliteTokenStore(store))
    start.wait()
    with client:
        assert client.stk_query(QUERY).state is daraja.StkState.PAID


def test_many_processes_share_one_token(gateway, answer, tmp_path):
    gateway.answers(answer(body=PAID))
    gateway.mint_seconds = 0.2
    spawn = multiprocessing.get_context("fork")
    start = spawn.Barrier(4)
    store = tmp_path / "tokens"
    workers = [spawn.Process(target=ask_once, args=(gateway.url, store, start)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert gateway.tokens_minted == 1
    assert store.stat().st_mode & 0o077 == 0


def test_a_process_that_dies_while_minting_leaves_no_lock(tmp_path):
    store = daraja.SqliteTokenStore(tmp_path / "tokens")

    def die_minting() -> None:
        with store.hold("app") as slot:
            slot.write(daraja.Token("half", 2e9))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die_minting()
    with store.hold("app") as slot:
        assert slot.read() is None


def test_apps_do_not_share_tokens(credentials):
    other = daraja.Credentials(consumer_key="another", consumer_secret="consumer-secret-1")
    names = {
        credentials.app_id(daraja.Environment.SANDBOX),
        credentials.app_id(daraja.Environment.PRODUCTION),
        other.app_id(daraja.Environment.SANDBOX),
    }
    assert len(names) == 3
    assert not any("consumer" in name for name in names)

"""Access tokens, and how each family of products refuses a bad one."""

import re
from typing import Any

import httpx
import pytest

from mpesa_simulator import Network


def generate(mpesa: Network, **request: Any) -> httpx.Response:
    params = {"grant_type": request.pop("grant_type", "client_credentials")}
    return httpx.get(f"{mpesa.base_url}/oauth/v1/generate", params=params, **request)


def test_any_key_and_secret_will_do(mpesa: Network) -> None:
    answer = generate(mpesa, auth=("any", "thing"))
    assert answer.status_code == 200
    assert re.fullmatch(r"[A-Za-z0-9]{28}", answer.json()["access_token"])
    assert answer.json()["expires_in"] == "3599"


def test_a_wrong_grant_type(mpesa: Network) -> None:
    answer = generate(mpesa, auth=("any", "thing"), grant_type="password")
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.008.02")


def test_no_credentials(mpesa: Network) -> None:
    answer = generate(mpesa)
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.008.01")


def test_a_known_app_must_know_its_secret(mpesa: Network) -> None:
    mpesa.organisation("600001", name="Duka", consumer_key="duka", consumer_secret="right")
    refused = generate(mpesa, auth=("duka", "wrong"))
    assert (refused.status_code, refused.content) == (400, b"")
    assert generate(mpesa, auth=("duka", "right")).status_code == 200


def test_only_known_apps_when_so_set(mpesa: Network) -> None:
    mpesa.configure(known_apps_only=True)
    assert generate(mpesa, auth=("any", "thing")).status_code == 400


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/mpesa/stkpush/v1/processrequest", 404, "404.001.03"),
        ("/mpesa/stkpushquery/v1/query", 404, "404.001.03"),
        ("/pulltransactions/v1/query", 401, "401.001"),
    ],
)
def test_each_family_refuses_a_bad_token_in_its_own_way(mpesa: Network, path: str, status: int, code: str) -> None:
    answer = httpx.post(mpesa.base_url + path, json={}, headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)


def test_a_token_ends(app: Any, receiver: Any) -> None:
    with Network(virtual=True, seed=3) as mpesa:
        token = generate(mpesa, auth=("k", "s")).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        path = f"{mpesa.base_url}/pulltransactions/v1/register"
        assert httpx.post(path, json={"ShortCode": "600000"}, headers=headers).status_code == 200
        mpesa.advance(3600)
        assert httpx.post(path, json={"ShortCode": "600000"}, headers=headers).status_code == 401


def test_a_new_token_can_end_the_one_before(mpesa: Network) -> None:
    mpesa.configure(one_token_per_app=True)
    first, second = (generate(mpesa, auth=("k", "s")).json()["access_token"] for _ in range(2))
    path = f"{mpesa.base_url}/pulltransactions/v1/register"
    answers = [
        httpx.post(path, json={"ShortCode": "600000"}, headers={"Authorization": f"Bearer {token}"}).status_code
        for token in (first, second)
    ]
    assert answers == [401, 200]

"""One page for signing up and signing in: a number, a code by SMS, and back to where one was."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from sokopesa.notices.models import Notice
from sokopesa.people.models import User

pytestmark = pytest.mark.django_db

LOGIN = "/account/login/"
CODE = "/account/login/code/"
BOOK = "/account/addresses/"


@pytest.fixture(autouse=True)
def _nobody_has_been_counted_yet() -> None:
    cache.clear()


def ask(client: Client, number: str = "0712 345 678", destination: str = BOOK) -> str:
    """Type a number and read the code that the phone receives."""
    answer = client.post(LOGIN, {"phone": number, "next": destination})
    assert answer.status_code == 302, answer.content.decode()
    return last_code()


def last_code() -> str:
    text = Notice.objects.latest("pk").text
    found = re.match(r"(\d{3}) (\d{3}) is your Sokopesa code\. ", text)
    assert found, text
    return found[1] + found[2]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def page(client: Client, url: str, **form: str) -> str:
    answer = client.post(url, form, follow=True) if form else client.get(url, follow=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def age(client: Client, seconds: int) -> None:
    """Let the code that this browser waits for be ``seconds`` older."""
    session = client.session
    session["account_login"]["state"]["stages"]["login_by_code"]["data"]["at"] -= seconds
    session.save()


def test_a_new_number_becomes_an_account_once_its_code_is_typed(client: Client) -> None:
    code = ask(client, "+254 (0)712-345 678")
    assert not User.objects.exists()
    answer = client.post(CODE, {"code": code, "next": BOOK})
    assert answer.headers["Location"] == BOOK
    user = User.objects.get()
    assert user.phone == "254712345678"
    assert user.phone_verified_at is not None
    assert is_signed_in(client)
    assert "Signed in with 0712 345 678" in page(client, BOOK)


def test_a_known_number_signs_in_to_its_account(client: Client) -> None:
    known = User.objects.create_user("254712345678", name="Jane Wanjiru")
    client.post(CODE, {"code": ask(client)})
    assert User.objects.get() == known
    assert client.session["_auth_user_id"] == str(known.pk)


def test_any_kenyan_network_may_sign_in(client: Client) -> None:
    client.post(CODE, {"code": ask(client, "0733 123 456")})
    assert User.objects.get().phone == "254733123456"


def test_the_sms_fits_one_message_and_warns_about_the_pin(client: Client) -> None:
    ask(client)
    notice = Notice.objects.get()
    assert notice.to == "254712345678"
    assert len(notice.text) <= 160
    assert notice.text.isascii()
    assert notice.text.endswith("is your Sokopesa code. It works for 15 minutes. We never ask for your M-PESA PIN.")


def test_the_pages_do_not_tell_whether_a_number_has_an_account(client: Client) -> None:
    User.objects.create_user("254712345678", name="Jane Wanjiru")
    ask(client, "0712345678")
    known = page(client, CODE)
    stranger = Client()
    ask(stranger, "0722345678")
    assert page(stranger, CODE) == known.replace("0712 345 678", "0722 345 678")


@pytest.mark.parametrize("spaced", ["{} {}", "{}-{}", " {}{} ", "{}.{}"])
def test_a_code_may_be_typed_with_spaces(client: Client, spaced: str) -> None:
    code = ask(client)
    client.post(CODE, {"code": spaced.format(code[:3], code[3:])})
    assert is_signed_in(client)


def test_a_code_may_be_typed_in_other_digits(client: Client) -> None:
    client.post(CODE, {"code": ask(client).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))})
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "Enter a phone number"),
        ("Jane", "only digits"),
        ("071234567", "“071234567” has 9 digits, 1 missing"),
        ("020 222 2222", "is a landline"),
        ("+255 712 345 678", "+255 is not Kenya"),
    ],
)
def test_a_number_that_is_none_is_refused_in_words(client: Client, number: str, words: str) -> None:
    assert words in page(client, LOGIN, phone=number, next=BOOK)
    assert not Notice.objects.exists()


def test_what_was_in_the_session_is_there_after_signing_in(client: Client) -> None:
    client.get(LOGIN)
    session = client.session
    session["checkouts"] = ["6d6f7c2e"]
    session.save()
    before = session.session_key
    client.post(CODE, {"code": ask(client)})
    assert client.session["checkouts"] == ["6d6f7c2e"]
    assert client.session.session_key != before


def test_the_way_back_is_kept_on_every_page(client: Client) -> None:
    assert client.get(BOOK).headers["Location"] == f"{LOGIN}?next={BOOK}"
    answer = client.post(f"{LOGIN}?next={BOOK}", {"phone": "0712345678"})
    assert answer.headers["Location"] == f"{CODE}?next=%2Faccount%2Faddresses%2F"
    code_page = client.get(answer.headers["Location"]).content.decode()
    assert f'name="next" value="{BOOK}"' in code_page
    assert f'href="{LOGIN}?next=%2Faccount%2Faddresses%2F"' in code_page


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(client: Client, elsewhere: str) -> None:
    code = ask(client, destination=elsewhere)
    answer = client.post(CODE, {"code": code, "next": elsewhere})
    assert answer.headers["Location"] == "/"
    client.post(reverse("account_logout"))
    assert elsewhere not in client.get(LOGIN, {"next": elsewhere}).content.decode()


def test_a_person_who_is_signed_in_is_sent_on(client: Client) -> None:
    client.force_login(User.objects.create_user("254712345678"))
    assert client.get(LOGIN, {"next": BOOK}).headers["Location"] == BOOK
    assert client.get(CODE, {"next": BOOK}).headers["Location"] == BOOK
    assert not Notice.objects.exists()


def test_wrong_codes_are_counted_down_and_then_a_new_one_is_needed(client: Client) -> None:
    code = ask(client)
    for words in ("You have 4 tries left", "You have 3 tries", "You have 2 tries", "You have 1 try left"):
        assert words in page(client, CODE, code=wrong(code), next=BOOK)
    assert "wrong code too many times" in page(client, CODE, code=wrong(code), next=BOOK)
    client.post(CODE, {"code": code})
    assert not is_signed_in(client)
    again = ask(client)
    client.post(CODE, {"code": again})
    assert is_signed_in(client)


def test_slips_of_the_thumb_are_no_tries(client: Client) -> None:
    code = ask(client)
    for slip in ("", "12345", "1234567", "abcdef"):
        assert "6 digits" in page(client, CODE, code=slip, next=BOOK)
    assert "You have 4 tries left" in page(client, CODE, code=wrong(code), next=BOOK)


def test_a_code_tried_ten_times_is_worth_nothing_whatever_the_session_says(client: Client) -> None:
    code = ask(client)
    untouched = dict(client.session["account_login"])
    for _ in range(10):
        client.post(CODE, {"code": wrong(code)})
        session = client.session
        session["account_login"] = untouched
        session.save()
    assert "wrong code too many times" in page(client, CODE, code=code, next=BOOK)
    assert not is_signed_in(client)


def test_an_expired_code_is_refused_and_the_way_back_kept(client: Client) -> None:
    code = ask(client)
    age(client, 15 * 60 + 1)
    answer = client.post(CODE, {"code": code, "next": BOOK}, follow=True)
    assert "That code has expired. Ask for a new one." in answer.content.decode()
    assert f'name="next" value="{BOOK}"' in answer.content.decode()
    assert not is_signed_in(client)


def test_a_code_of_fourteen_minutes_still_works(client: Client) -> None:
    code = ask(client)
    age(client, 14 * 60)
    client.post(CODE, {"code": code})
    assert is_signed_in(client)


def test_a_code_works_once(client: Client) -> None:
    code = ask(client)
    client.post(CODE, {"code": code})
    client.post(reverse("account_logout"))
    client.post(CODE, {"code": code})
    assert not is_signed_in(client)


def test_a_code_works_only_in_the_browser_that_asked_for_it(client: Client) -> None:
    code = ask(client)
    stranger = Client()
    assert stranger.post(CODE, {"code": code}).headers["Location"] == LOGIN
    assert not is_signed_in(stranger)


def test_sending_again_sends_the_same_code_for_its_full_time(client: Client) -> None:
    code = ask(client)
    age(client, 14 * 60)
    assert "We sent the code to 0712 345 678 again." in page(client, CODE, resend="1", next=BOOK)
    assert Notice.objects.count() == 2
    assert last_code() == code
    age(client, 14 * 60)
    client.post(CODE, {"code": code})
    assert is_signed_in(client)


def test_the_same_number_typed_twice_gets_the_same_code_and_no_more_tries(client: Client) -> None:
    code = ask(client)
    client.post(CODE, {"code": wrong(code)})
    assert ask(client) == code
    assert "You have 3 tries left" in page(client, CODE, code=wrong(code), next=BOOK)


def test_the_number_can_be_changed(client: Client) -> None:
    first = ask(client, "0712 345 678")
    assert 'value="0712 345 678"' in client.get(LOGIN).content.decode()
    second = ask(client, "0722 345 678")
    if first != second:
        client.post(CODE, {"code": first})
        assert not is_signed_in(client)
    client.post(CODE, {"code": second})
    assert User.objects.get().phone == "254722345678"


def test_a_number_gets_five_codes_in_ten_minutes_from_whatever_browser(client: Client) -> None:
    for _ in range(5):
        ask(Client())
    answer = client.post(LOGIN, {"phone": "0712345678"})
    assert answer.status_code == 429
    assert "Too many codes were asked for. Wait ten minutes, then try again." in answer.content.decode()
    assert Notice.objects.count() == 5
    ask(client, "0722345678")


def test_sending_again_is_limited_too(client: Client) -> None:
    ask(client)
    for _ in range(4):
        client.post(CODE, {"resend": "1"})
    assert Notice.objects.count() == 5
    assert "Send the code again" not in page(client, CODE)
    assert "Too many codes were asked for" in page(client, CODE, resend="1")
    assert Notice.objects.count() == 5


def test_one_address_on_the_net_cannot_have_codes_sent_to_the_whole_country() -> None:
    answers = [Client().post(LOGIN, {"phone": f"07120000{number:02}"}).status_code for number in range(100)]
    assert set(answers) == {302}
    assert Client().post(LOGIN, {"phone": "0722345678"}).status_code == 429
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    assert elsewhere.post(LOGIN, {"phone": "0722345678"}).status_code == 302


def test_a_closed_account_stays_closed(client: Client) -> None:
    user = User.objects.create_user("254712345678")
    User.objects.filter(pk=user.pk).update(is_active=False)
    answer = client.post(CODE, {"code": ask(client)}, follow=True)
    assert answer.status_code == 403
    assert "This account is closed" in answer.content.decode()
    assert not is_signed_in(client)


def test_signing_out_takes_a_press_of_a_button(client: Client) -> None:
    client.force_login(User.objects.create_user("254712345678"))
    assert "Sign out?" in page(client, reverse("account_logout"))
    assert is_signed_in(client)
    answer = client.post(reverse("account_logout"))
    assert answer.headers["Location"] == "/"
    assert not is_signed_in(client)
    assert client.get(BOOK).headers["Location"] == f"{LOGIN}?next={BOOK}"


@pytest.mark.parametrize("url", [LOGIN, CODE, BOOK, "/account/logout/"])
def test_account_pages_are_not_kept_by_caches(client: Client, url: str) -> None:
    ask(client)
    if url in {BOOK, "/account/logout/"}:
        client.post(CODE, {"code": last_code()})
    assert "no-store" in client.get(url).headers["Cache-Control"]


def test_a_form_from_another_site_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(LOGIN, {"phone": "0712345678"}).status_code == 403
    assert not Notice.objects.exists()

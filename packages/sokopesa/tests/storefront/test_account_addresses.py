"""The address book in the browser: every way to fill the form, and nobody else's addresses."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from sokopesa.people.models import Address, User

pytestmark = pytest.mark.django_db

BOOK = "/account/addresses/"
NEW = "/account/addresses/new/"

PERSON = {"recipient": "Jane Wanjiru Otieno", "phone": "0712 345 678"}
STREET = PERSON | {
    "kind": "street",
    "building": "Bishop Magua Centre",
    "street": "Ngong Road",
    "landmark": "",
    "town": "Nairobi",
    "county": "Nairobi",
}
BOX = PERSON | {"kind": "po_box", "box_number": "12345", "postcode": "00100", "post_office": "Nairobi"}


@pytest.fixture
def jane(client: Client) -> User:
    user = User.objects.create_user("254712345678")
    client.force_login(user)
    return user


def saved(client: Client, form: dict[str, str], url: str = NEW) -> Address:
    answer = client.post(url, form)
    assert answer.status_code == 302, words(answer.content.decode())
    assert answer.headers["Location"] == BOOK
    return Address.objects.latest("pk")


def refused(client: Client, form: dict[str, str]) -> str:
    answer = client.post(NEW, form)
    assert answer.status_code == 200
    assert not Address.objects.exists()
    return answer.content.decode()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("&#x27;", "'")


def value(html: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
    assert tag
    found = re.search(r'value="([^"]*)"', tag[0])
    return found[1] if found else ""


@pytest.mark.usefixtures("jane")
def test_a_street_address_is_saved(client: Client) -> None:
    address = saved(client, STREET)
    assert address.lines() == ["Jane Wanjiru Otieno", "Bishop Magua Centre", "Ngong Road", "Nairobi"]
    assert address.phone == "254712345678"
    assert address.is_default


@pytest.mark.usefixtures("jane")
def test_a_box_address_is_saved(client: Client) -> None:
    address = saved(client, BOX)
    assert address.lines() == ["Jane Wanjiru Otieno", "P.O. Box 12345 - 00100", "NAIROBI"]


@pytest.mark.usefixtures("jane")
def test_fields_of_the_other_kind_are_ignored(client: Client) -> None:
    nonsense = {"box_number": "none", "postcode": "9", "post_office": "x" * 200}
    address = saved(client, STREET | nonsense)
    assert (address.box_number, address.postcode, address.post_office) == ("", "", "")
    address = saved(client, BOX | {"town": "x" * 200, "county": "Atlantis"})
    assert (address.town, address.county) == ("", "")


@pytest.mark.usefixtures("jane")
def test_a_whole_line_pasted_into_the_box_field_is_spread(client: Client) -> None:
    address = saved(client, BOX | {"box_number": "P.O. Box 60000-00200 nairobi", "postcode": "", "post_office": ""})
    assert address.lines()[1:] == ["P.O. Box 60000 - 00200", "NAIROBI"]


@pytest.mark.usefixtures("jane")
def test_a_pasted_line_is_shown_spread_when_something_else_is_missing(client: Client) -> None:
    line = {"box_number": "P.O. Box 60000-00200 Nairobi", "postcode": "", "post_office": "", "recipient": ""}
    html = refused(client, BOX | line)
    assert [value(html, name) for name in ("box_number", "postcode", "post_office")] == ["60000", "00200", "Nairobi"]
    assert "Enter the name of the person who receives the parcel." in words(html)


@pytest.mark.usefixtures("jane")
def test_a_pasted_line_that_contradicts_the_postcode_is_asked_about(client: Client) -> None:
    html = refused(client, BOX | {"box_number": "12345-00200", "postcode": "00100"})
    assert "The box line says 00200. Which postcode is right?" in words(html)


@pytest.mark.usefixtures("jane")
def test_the_town_is_filled_in_from_the_postcode(client: Client) -> None:
    assert saved(client, BOX | {"postcode": "80101", "post_office": ""}).post_office == "Bamburi"


@pytest.mark.usefixtures("jane")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"box_number": ""}, "Enter the number of the box, such as 12345."),
        ({"box_number": "P.O. Box Nairobi"}, "Enter the number of the box, such as 12345."),
        ({"box_number": "00100"}, "00100 looks like a postcode."),
        ({"box_number": "0123"}, "A box number does not start with 0."),
        ({"postcode": ""}, "Enter the postcode: 5 digits, such as 00100. Nairobi’s main post office is 00100."),
        ({"postcode": "100"}, "Did you mean 00100 (Nairobi GPO)?"),
        ({"postcode": "80100"}, "80100 is Mombasa GPO. Nairobi’s main post office is 00100."),
        ({"postcode": "99999"}, "We do not know the postcode 99999. Nairobi’s main post office is 00100."),
        ({"recipient": " "}, "Enter the name of the person who receives the parcel."),
        ({"recipient": "X" * 500}, "Please write at most 80 characters; this has 500."),
        ({"phone": "0712 345"}, "“0712 345” has 7 digits, 3 missing"),
        ({"phone": ""}, "Enter a phone number, such as 0712 345 678."),
        ({"kind": ""}, "Choose a street address or a P.O. Box."),
        ({"kind": "island"}, "island is not one of the available choices"),
    ],
)
def test_a_box_address_that_cannot_be_used_is_refused_in_words(
    client: Client, change: dict[str, str], sentence: str
) -> None:
    assert sentence in words(refused(client, BOX | change))


@pytest.mark.usefixtures("jane")
def test_nothing_of_an_address_is_cut_without_a_word(client: Client) -> None:
    assert "maxlength" not in client.get(NEW).content.decode()
    assert value(refused(client, STREET | {"recipient": "X" * 500}), "recipient") == "X" * 500


@pytest.mark.usefixtures("jane")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"building": "", "street": ""}, "Enter the building or estate, or the street below."),
        ({"town": ""}, "Enter the town."),
        ({"county": ""}, "Choose the county."),
        ({"county": "Atlantis"}, "Atlantis is not one of the available choices"),
        ({"street": "x" * 101}, "at most 100 characters"),
    ],
)
def test_a_street_address_that_cannot_be_used_is_refused_in_words(
    client: Client, change: dict[str, str], sentence: str
) -> None:
    assert sentence in words(refused(client, STREET | change))


@pytest.mark.usefixtures("jane")
def test_a_mismatch_is_mended_by_choosing_one_of_the_offices(client: Client) -> None:
    html = refused(client, BOX | {"postcode": "80100", "post_office": "Nairobi"})
    assert re.findall(r'name="fix" value="(\d+)"', html) == ["80100", "00100"]
    address = saved(client, BOX | {"postcode": "80100", "post_office": "Nairobi", "fix": "00100"})
    assert address.lines()[1:] == ["P.O. Box 12345 - 00100", "NAIROBI"]
    address = saved(client, BOX | {"postcode": "80100", "post_office": "Nairobi", "fix": "80100"})
    assert address.lines()[1:] == ["P.O. Box 12345 - 80100", "MOMBASA"]


@pytest.mark.usefixtures("jane")
def test_an_unknown_postcode_is_no_dead_end(client: Client) -> None:
    assert 'name="confirm"' not in refused(client, BOX | {"postcode": "80100"})
    assert 'name="confirm"' in refused(client, BOX | {"postcode": "99999"})
    assert 'name="confirm"' in refused(client, BOX | {"postcode": "99999", "confirm": "on", "post_office": ""})
    address = saved(client, BOX | {"postcode": "99999", "confirm": "on", "post_office": "New Town"})
    assert address.lines()[1:] == ["P.O. Box 12345 - 99999", "NEW TOWN"]


def test_the_form_starts_with_what_we_know(client: Client, jane: User) -> None:
    User.objects.filter(pk=jane.pk).update(name="Jane Wanjiru")
    html = client.get(NEW).content.decode()
    assert value(html, "recipient") == "Jane Wanjiru"
    assert value(html, "phone") == "0712 345 678"
    assert re.search(r'<input[^>]*value="street"[^>]*checked', html)


@pytest.mark.usefixtures("jane")
def test_an_address_can_change_its_kind(client: Client) -> None:
    address = saved(client, STREET)
    url = f"{BOOK}{address.pk}/"
    assert value(client.get(url).content.decode(), "building") == "Bishop Magua Centre"
    assert saved(client, BOX, url) == address
    address.refresh_from_db()
    assert (address.kind, address.building, address.is_default) == ("po_box", "", True)


@pytest.mark.usefixtures("jane")
def test_the_book_shows_default_first_and_lets_it_be_changed(client: Client) -> None:
    street, box = saved(client, STREET), saved(client, BOX)
    html = client.get(BOOK).content.decode()
    assert html.index("Ngong Road") < html.index("P.O. Box 12345 - 00100")
    client.post(f"{BOOK}{box.pk}/default/")
    html = client.get(BOOK).content.decode()
    assert html.index("P.O. Box 12345 - 00100") < html.index("Ngong Road")
    client.post(f"{BOOK}{box.pk}/delete/")
    assert list(Address.objects.filter(is_default=True)) == [street]


@pytest.mark.usefixtures("jane")
@pytest.mark.parametrize(("action", "method"), [("", "get"), ("", "post"), ("delete/", "post"), ("default/", "post")])
def test_somebody_elses_address_is_not_found(client: Client, action: str, method: str) -> None:
    other = User.objects.create_user("254722345678")
    theirs = Address.objects.create(
        user=other,
        kind="po_box",
        recipient="Otieno",
        phone=other.phone,
        box_number="7",
        postcode="00100",
        post_office="Nairobi",
    )
    assert getattr(client, method)(f"{BOOK}{theirs.pk}/{action}").status_code == 404
    assert list(Address.objects.filter(user=other, recipient="Otieno", is_default=False)) == [theirs]


@pytest.mark.parametrize("url", [BOOK, NEW, f"{BOOK}1/"])
def test_the_book_is_for_people_who_are_signed_in(client: Client, url: str) -> None:
    assert client.get(url).headers["Location"] == f"/account/login/?next={url}"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("00200", "City Square, Nairobi"),
        ("80 100", "Mombasa GPO"),
        ("99999", "We do not know the postcode 99999."),
        ("0010", ""),
        ("", ""),
        ("<b>xx", "We do not know the postcode &lt;b&gt;xx."),
    ],
)
def test_the_post_office_is_named_while_the_postcode_is_typed(client: Client, typed: str, answer: str) -> None:
    html = client.get("/account/post-office/", {"postcode": typed}).content.decode()
    assert answer in html
    assert answer or not html.strip()

"""What the page about notices says, in both languages. The other pages speak English only, for now."""

from __future__ import annotations

from sokopesa.notices.events import Group
from sokopesa.notices.languages import Both

GROUPS: dict[Group, tuple[Both, Both]] = {
    Group.MONEY: (
        Both("Money", "Pesa"),
        Both("Payments that came, refunds, and what you earned.", "Malipo yaliyofika, marejesho, na mapato yako."),
    ),
    Group.ORDERS: (
        Both("Your orders", "Oda zako"),
        Both("Shipped, delivered, and requests for more time.", "Zilizotumwa, zilizofika, na maombi ya muda zaidi."),
    ),
    Group.CANCELLING: (
        Both("Cancelling", "Kughairi"),
        Both("Requests to cancel an order, and their answers.", "Maombi ya kughairi oda, na majibu yake."),
    ),
    Group.DISPUTES: (
        Both("Disputes", "Malalamiko"),
        Both("Claims, offers, returns, rulings and appeals.", "Madai, mapendekezo, kurudisha bidhaa, uamuzi na rufaa."),
    ),
    Group.DEADLINES: (
        Both("Reminders", "Vikumbusho"),
        Both(
            "Before a time runs out: 48, 24 and 2 hours. It runs out all the same if you are not reminded.",
            "Kabla ya muda kuisha: saa 48, 24 na 2. Muda huisha hata bila kukumbushwa.",
        ),
    ),
    Group.SELLING: (
        Both("Selling", "Kuuza"),
        Both(
            "If you have a shop: new orders, and what their buyers ask.",
            "Kama una duka: oda mpya, na maombi ya wanunuzi.",
        ),
    ),
    Group.MESSAGES: (
        Both("Messages", "Ujumbe"),
        Both("Somebody wrote to you while you were away.", "Mtu alikuandikia ulipokuwa haupo."),
    ),
}
"""What each group of events is called, and what is in it."""

PAGE: dict[str, Both] = {
    "title": Both("What we tell you", "Tunachokuambia"),
    "back": Both("Your account", "Akaunti yako"),
    "language": Both("Language", "Lugha"),
    "language_hint": Both("Of the SMS and e-mails that we send you.", "Ya SMS na barua pepe tunazokutumia."),
    "which": Both("What to send you", "Tukutumie nini"),
    "sms_to": Both("SMS go to", "SMS zinaenda kwa"),
    "sms": Both("SMS", "SMS"),
    "email": Both("E-mail", "Barua pepe"),
    "always": Both("Always", "Kila mara"),
    "always_hint": Both(
        "You are always told of money by SMS, and codes to sign in always come by SMS.",
        "Kuhusu pesa tunakuambia kila mara kwa SMS, na msimbo wa kuingia huja kwa SMS kila mara.",
    ),
    "save": Both("Save", "Hifadhi"),
    "saved": Both("Saved.", "Imehifadhiwa."),
    "your_email": Both("Your e-mail", "Barua pepe yako"),
    "email_hint": Both(
        "We send a link to it. Nothing else goes there before you have opened the link.",
        "Tutaituma kiungo. Hakuna kingine kitakachotumwa kabla hujafungua kiungo hicho.",
    ),
    "address": Both("E-mail address", "Anwani ya barua pepe"),
    "other_address": Both("Another address", "Anwani nyingine"),
    "send_link": Both("Send the link", "Tuma kiungo"),
    "confirmed": Both("E-mails go to", "Barua pepe zinaenda kwa"),
    "remove": Both("Send no e-mails", "Usitume barua pepe"),
    "removed": Both("You get no more e-mails from us.", "Hutapata barua pepe zaidi kutoka kwetu."),
    "asked": Both(
        "We sent a link to {email}. Open it within 3 days, in a browser in which you are signed in.",
        "Tumetuma kiungo kwa {email}. Kifungue ndani ya siku 3, kwenye kivinjari ambamo umeingia.",
    ),
    "too_often": Both(
        "Too many links were asked for. Wait an hour, then try again.",
        "Viungo vingi mno vimeombwa. Subiri saa moja, kisha ujaribu tena.",
    ),
    "wrong_address": Both(
        "Enter an e-mail address, such as jane@example.com.", "Weka barua pepe, kama vile jane@example.com."
    ),
    "confirm_title": Both("Confirm your e-mail address", "Thibitisha barua pepe yako"),
    "confirm_question": Both("Shall we write to this address?", "Tuandike kwa anwani hii?"),
    "confirm": Both("Confirm", "Thibitisha"),
    "not_now": Both("Not now", "Sio sasa"),
    "now_confirmed": Both("{email} is confirmed.", "{email} imethibitishwa."),
}


def words(language: str) -> dict[str, str]:
    """Everything that the page says, in one language."""
    return {name: both.said_in(language) for name, both in PAGE.items()}

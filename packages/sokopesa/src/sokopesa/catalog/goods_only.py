"""Goods only: the market sends things to doors and boxes, and sells nothing that cannot be sent.

A listing is refused for what it says it is. Words that belong to services are common in goods too (a *repair kit*, a
*gift card holder*, *no subscription needed*), so each kind of service is known by the phrases that name it, and is let
pass where the next words name a thing, or the words before say that it is not there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sokopesa.catalog.errors import NotGoods

_THINGS = (
    "kits?|tools?|toolbox|sets?|box(?:es)?|holders?|envelopes?|stands?|displays?|wallets?|tins?|sleeves?|cases?|covers?"
    "|books?|pads?|manuals?|instructions?|guides?|paper|rolls?|printers?|machines?|parts?|patch(?:es)?|tapes?|glues?"
    "|stickers?|sprays?|paste|putty|pens?|mats?|bench(?:es)?|tables?|stations?|screwdrivers?|tweezers|clamps?|cloths?"
    "|wipes?|brush(?:es)?|shampoos?|creams?|masks?|oils?|gels?|lotions?|serums?|chairs?|guns?|rollers?|readers?|trays?"
    "|trolleys?|carts?|bells?|vests?|caps?|uniforms?|jackets?|bags?|ropes?|wires?|screws?|hardware|accessories|plates?"
    "|frames?|routers?|modems?|scanners?|punch|tablets?|whistles?|tags?|pouch(?:es)?"
)
"""What follows a service's name where a thing is meant."""

_THINGS_FIRST = "vifaa|kifaa|zana|sanduku|mfuko|mashine|kitabu|vitabu|meza|kiti|taa|begi|mkoba|nguo|viatu|dawa|karatasi"
"""What stands before it in Kiswahili: *vifaa vya kutengeneza simu*."""

_FOLLOWS = re.compile(rf"[\s\-&/]*(?:\w+[\s\-]+){{0,2}}(?:{_THINGS})\b")
_LEADS = re.compile(
    rf"\b(?:(?:{_THINGS_FIRST})(?: \w+)? (?:vya|cha|za|ya|la|wa|kwa) |(?:{_THINGS}) (?:for|of) (?:\w+ ){{0,3}})$"
)
_NEGATION = re.compile(r"\b(?:no|not|non|without|never|bila|hakuna|sio|si)\b(?:\s+\w+){0,2}[\s\-]*$")
_FREEDOM = re.compile(r"[\s\-]*free\b")

_CARDS = (
    "i-?tunes|apple|google play|amazon|steam|psn|playstation|xbox|netflix|spotify|roblox|razer|nintendo|jumia|naivas"
)
_TRADES = (
    "repairs?|cleaning|deliver(?:y|ies)|installation|design|printing|writing|typing|translation|consult(?:ing|ancy)"
    "|photography|video|catering|transport|moving|relocation|laundry|maintenance|web|seo|marketing|tailoring|security"
    "|plumbing|electrical|wiring|painting|car ?wash|salon|barber|massage|legal|tax|courier|taxi|towing|it|event"
    "|tutoring|hosting|booking|fumigation|pest control|borehole|drilling|gardening|nanny|cooking|financial|mechanic"
    "|unlocking|recovery|assignment|home|professional|online"
)
_REPAIRED = (
    "phone|mobile|smartphone|iphone|laptop|computer|screen|tv|television|car|vehicle|fridge|refrigerator|shoe|watch"
    "|cooker|generator|bicycle|bike|motorbike|printer|radio|washing machine|microwave|appliance|furniture|roof|engine"
)
_PLATFORMS = "netflix|spotify|showmax|dstv|gotv|zuku|startimes|youtube|canva|chatgpt|vpn|iptv"


@dataclass(frozen=True)
class Kind:
    """A kind of thing that is no goods. ``what`` completes *That is …*; ``named`` finds the phrases that name it in a
    title, in keywords or on a shelf. ``is_plain`` where no thing beside it excuses it."""

    what: str
    named: re.Pattern[str]
    is_plain: bool = False


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")


KINDS = (
    Kind(
        "airtime, a data bundle or a token, which are sent as a number",
        _any(
            r"air[\s\-]?time",
            r"(?:data|internet|sms|minutes?|safaricom|airtel|telkom|daily|weekly|monthly)\s+bundles?",
            r"\d+\s?(?:mb|gb)\s+(?:data\s+)?bundles?",
            r"bundles? (?:za|ya) (?:data|intaneti|sms)",
            r"scratch[\s\-]?cards?",
            r"(?:kplc|stima|electricity|prepaid|power|umeme|luku)\s+tokens?",
            r"tokens? (?:za|ya) (?:kplc|stima|umeme)",
            r"muda wa (?:maongezi|hewani)",
            r"salio|bando|bamba \d+",
            r"(?:game|phone|mobile|online)\s+top[\s\-]?ups?",
            r"e[\s\-]?pins?",
        ),
    ),
    Kind(
        "a voucher or a gift card",
        _any(
            r"gift[\s\-]?(?:cards?|vouchers?|certificates?)",
            r"e?-?vouchers?|vocha|kuponi|coupons?",
            r"(?:discount|promo|coupon) codes?",
            r"kadi (?:ya|za) zawadi",
            r"store credit|prepaid (?:visa|mastercard) cards?",
        ),
    ),
    Kind(
        "a voucher or a gift card",
        _any(rf"(?:{_CARDS})\s+(?:gift[\s\-]?)?(?:cards?|vouchers?|codes?|credits?)(?! (?:holder|slot|reader|case))"),
        is_plain=True,
    ),
    Kind(
        "a subscription or an account",
        _any(
            r"subscriptions?|memberships?|usajili|uanachama",
            rf"(?:{_PLATFORMS})\s+(?:accounts?|premium|packages?|plans?|logins?)",
            r"iptv|vpn|robux|v[\s\-]?bucks",
            r"(?:instagram|tiktok|facebook|youtube|twitter|telegram)\s+(?:followers|likes|views|subscribers|accounts?)",
            r"(?:free fire|pubg|fortnite|roblox|cod)\s+(?:diamonds|uc|points|accounts?|coins)",
            r"web ?hosting|domain (?:names?|registration)",
        ),
    ),
    Kind(
        "a file, a code or a licence, which are sent over the network",
        _any(
            r"e[\s\-]?books?",
            r"(?:digital|instant|mp3|pdf|music|movie|game|free|software) downloads?",
            r"downloadable|download links?",
            r"pdf (?:books?|guides?|notes|files?|cop(?:y|ies)|versions?|templates?)|(?:in|as) pdf",
            r"soft[\s\-]?cop(?:y|ies)",
            r"(?:licen[cs]e|product|activation|serial|cd|steam|game|software|(?:windows|office) \d+(?: \w+)?)"
            r"\s+(?:keys?|codes?)",
            r"digital (?:codes?|cop(?:y|ies)|versions?|files?|products?|goods|templates?)",
            r"(?:software|antivirus|windows \d+(?: \w+)?|office \d+) licen[cs]es?",
            r"online (?:course|class|lesson)s?|e[\s\-]?courses?|webinars?",
            r"nfts?|bitcoins?|usdt|crypto(?:currency)?",
            r"kitabu (?:pepe|cha kielektroniki)|vitabu pepe|kozi ya mtandaoni|kupakua",
        ),
    ),
    Kind(
        "a service",
        _any(
            rf"(?:{_TRADES})\s+services?",
            rf"(?:{_REPAIRED})s?\s+(?:repairs?|repairing|servicing|unlocking)",
            rf"repairs? (?:of|for) (?:your )?(?:{_REPAIRED})s?|we (?:repair|fix|clean|install|design|write)",
            r"(?<!dinner )(?<!tea )(?<!coffee )(?<!self )(?<!self-)services",
            r"huduma|ukarabati|matengenezo|fundi (?:wa|bora)|mganga|masomo|mafunzo",
            r"kutengeneza (?:simu|tv|gari|kompyuta|friji|viatu|nguo)|kazi ya nyumbani",
            r"website (?:design|development)|web design(?:ing)?|app development",
            r"(?:cv|essay|thesis|content) writing|(?<!with )(?<!your )logo design(?:ing)?",
            r"tuition|tutoring|consultations?|(?:life|business|career) coaching",
            r"(?:driving|music|swimming|dance|piano|guitar) lessons?|(?:massage|photo ?shoot|therapy) sessions?",
        ),
    ),
    Kind(
        "a ticket or a booking",
        _any(
            r"(?:bus|train|sgr|flight|air|plane|event|concert|match|movie|cinema|safari|lottery|party)\s+tickets?",
            r"e[\s\-]?tickets?|ti[ck]e?ti",
            r"(?:hotel|room|flight|table|safari|airbnb) (?:bookings?|reservations?)",
            r"(?:safari|holiday|honeymoon) packages?|visa (?:processing|application)",
        ),
    ),
    Kind(
        "for hire, not for sale",
        _any(
            r"for (?:hire|rent)|rentals?|(?:house|room|shop|plot|apartment) to let",
            r"(?:car|tent|chair|equipment|costume|gown|camera|party)s?\s+hire",
            r"kukodi(?:sha|shwa)?",
        ),
    ),
    Kind(
        "money, a loan or insurance",
        _any(
            r"loans?|mikopo|mkopo|insurance|bima|(?:extended|extra) warrant(?:y|ies)",
            r"forex (?:signals?|trading|account)|betting tips?",
            r"m-?pesa float|(?:paypal|skrill|neteller) (?:funds?|balance|accounts?)",
        ),
    ),
)

_BUNDLED = re.compile(
    r"\b(?:with|plus|including|includes?|free|pamoja na)\s+(?:(?:a|free|home|on-?site|professional|full)\s+)*"
    r"(?:installation|fitting services?|servicing|training session|tuition|airtime|data bundles?|gift cards?"
    r"|subscription|ufungaji|huduma)\b"
)
_INCLUDED = re.compile(r"\b(?:installation|servicing|subscription|airtime)\s+(?:is\s+)?(?:included|bure)\b")
_WHAT_BUNDLE = "goods together with a service; offer the goods alone"

_SENT_AS_WORDS = re.compile(
    r"\b(?:codes?|keys?|links?|vouchers?|files?|pins?|logins?|tickets?)\s+(?:(?:will be|is|are|gets?)\s+)?"
    r"(?:sent|delivered|emailed|e-mailed|shared|texted)\s+(?:to you\s+)?(?:by|via|through|on|to)\s+(?:your\s+)?"
    r"(?:e-?mail|sms|whatsapp|telegram|inbox)"
    r"|\b(?:instant|immediate)\s+(?:delivery by e-?mail|(?:e-?mail|digital)\s+delivery)"
    r"|\b(?:no|not a|hakuna)\s+physical\s+(?:item|product|goods|delivery|copy)"
    r"|\bthis is (?:a|an)\s+(?:\w+\s+)?(?:service|subscription|e-?book|digital (?:product|download|item|file))"
    r"|\bdownload (?:link|the file|immediately|instantly)\b"
    r"|\b(?:we|our (?:team|technicians?|fundi))\s+(?:will\s+)?(?:come|visit)s?\s+(?:to\s+)?(?:your|you)\b"
    r"|\btunakuja (?:nyumbani|kwako)\b|\b(?:itatumwa|inatumwa|utatumiwa)\s+kwa\s+(?:sms|barua ?pepe|whatsapp)\b"
)
_WHAT_NOTHING_SENT = "something that no parcel can bring"


def refuse_services(*, title: str, description: str = "", keywords: str = "", category: str = "") -> None:
    """Raise `NotGoods`, with the field at fault, unless the listing is of goods that can be sent."""
    for field, text in (("title", title), ("description", description)):
        plain = _plain(text)
        for match in (*_BUNDLED.finditer(plain), *_INCLUDED.finditer(plain)):
            if not _is_a_thing(plain, match) and not _is_denied(plain, match):
                raise NotGoods(field, match.group(), _WHAT_BUNDLE)
        if nothing_sent := _SENT_AS_WORDS.search(plain):
            raise NotGoods(field, nothing_sent.group(), _WHAT_NOTHING_SENT)
    for field, text in (("category", category), ("title", title), ("keywords", keywords)):
        for kind, found in _kinds_named(_plain(text)):
            raise NotGoods(field, found, kind.what)


def _kinds_named(text: str) -> Iterator[tuple[Kind, str]]:
    for kind in KINDS:
        for match in kind.named.finditer(text):
            if _is_denied(text, match) or (not kind.is_plain and _is_a_thing(text, match)):
                continue
            yield kind, match.group().strip()


def _is_a_thing(text: str, match: re.Match[str]) -> bool:
    """A *repair kit*, a *set for phone repair*: the words beside it say that it is a thing."""
    return bool(_FOLLOWS.match(text, match.end()) or _LEADS.search(text, 0, match.start()))


def _is_denied(text: str, match: re.Match[str]) -> bool:
    """*No subscription needed*, *subscription-free*."""
    return bool(_NEGATION.search(text, 0, match.start()) or _FREEDOM.match(text, match.end()))


def _plain(text: str) -> str:
    """Small letters, without accents, invisible characters and doubled blanks: tricks of writing hide nothing."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    seen = "".join(c for c in letters if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return re.sub(r"\s+", " ", re.sub(r"[‐-―−]", "-", seen.replace("’", "'"))).strip()

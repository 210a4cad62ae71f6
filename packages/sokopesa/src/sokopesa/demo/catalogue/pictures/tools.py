"""Pictures for the shelf of tools and farm goods."""

from __future__ import annotations

from sokopesa.demo.catalogue.pictures.studio import Stop, Studio, shade, tint

IRON: tuple[Stop, ...] = (
    "#4a5057",
    (0.15, "#c9ced4"),
    (0.3, "#f2f4f6"),
    (0.5, "#9aa0a7"),
    (0.75, "#6d737a"),
    "#3d4248",
)
WOOD: tuple[Stop, ...] = ("#7a4b20", (0.2, "#d9a766"), (0.45, "#c08a48"), (0.75, "#96622a"), "#60390f")


def drill(s: Studio) -> None:
    """A cordless drill standing on its battery."""
    s.shadow(406, 524, 122, 16, 0.5)
    s.rect(60, 168, 84, 16, 4, fill=s.down(*IRON))
    for x in range(66, 136, 14):
        s.stroke(f"M{x} 184l12-16", "#4a5057", 3, opacity=0.7)
    s.path("M140 146l44-10v84l-44-14z", fill=s.down(*IRON))
    s.rect(182, 126, 52, 104, 10, fill=s.pipe("#2a2c31", 0.4))
    for x in (192, 204, 216):
        s.rect(x, 126, 5, 104, fill="#0b0c0e", opacity=0.6)
    s.rect(230, 114, 40, 128, 10, fill=s.pipe("#4a4e56", 0.4))
    body = "M262 106h186q44 0 52 48 6 62-26 92-16 14-36 14l20 166h-106l-12-150q-4-22-42-22h-38z"
    s.path(body, fill=s.down("#f9a64e", (0.12, "#f07e1d"), (0.4, "#dc6a0e"), "#a34a05"))
    s.path("M392 254l46 4 20 168h-78z", fill=s.across("#1b1c20", (0.5, "#4d5159"), "#17181b"))
    s.path("M300 116h140q30 2 38 22-120-10-192 10z", fill="#ffffff", opacity=0.35)
    s.path("M448 106q44 0 52 48 6 62-26 92l-22 8q-30-70-4-148z", fill=s.across("#2d3036", (0.5, "#565b64"), "#1b1c20"))
    for y in range(138, 230, 15):
        s.stroke(f"M470 {y}h22", "#0d0e10", 5)
    s.path("M330 258q-20 8-18 36l4 36q2 10 14 10l16-2-8-82z", fill=s.across("#0f1012", (0.4, "#4a4e56"), "#1b1c20"))
    s.text(352, 186, "FUNDI PRO", 25, "#ffffff", font_weight=700)
    s.text(352, 216, "20 V", 21, "#2a1602", font_weight=700)
    s.path(
        "M336 426h150q12 0 14 12l8 68q0 14-14 14H322q-14 0-14-14l10-64q4-16 18-16z",
        fill=s.down("#4d5159", (0.3, "#2b2d32"), "#101114"),
    )
    s.rect(322, 462, 172, 22, 3, fill=s.across("#b35408", (0.3, "#f58a2b"), "#b35408"))
    for index in range(3):
        s.oval(352 + index * 18, 446, 5, fill="#57d77c")


def screwdrivers(s: Studio) -> None:
    """Six screwdrivers side by side, three of each kind."""
    s.shadow(300, 512, 230, 18, 0.34)
    for index, (length, is_flat) in enumerate(
        ((210, True), (180, True), (150, True), (150, False), (180, False), (210, False))
    ):
        x = 100 + index * 80
        colour = "#d8331f" if is_flat else "#1c5fb0"
        top = 296
        s.rect(x - 6, top - length, 12, length + 10, 2, fill=s.across(*IRON))
        if is_flat:
            s.path(f"M{x - 6} {top - length + 26}l-4-20v-12h20v12l-4 20z", fill=s.across(*IRON))
        else:
            s.path(f"M{x - 6} {top - length + 4}l4-20h4l4 20z", fill=s.across(*IRON))
        s.rect(x - 15, top - 6, 30, 30, 7, fill=s.tube("#24262b", 0.4))
        s.path(
            f"M{x - 20} {top + 20}h40q10 20 4 50l-4 30q8 40 2 80-4 26-22 26t-22-26q-6-40 2-80l-4-30q-6-30 4-50z",
            fill=s.tube(colour, 0.5),
        )
        for groove in (-11, 0, 11):
            s.rect(x + groove - 2.5, top + 96, 5, 88, 2.5, fill="#16171a", opacity=0.75)
        s.oval(x, top + 194, 5, 4, fill=shade(colour, 0.6))


def hammer(s: Studio) -> None:
    """A claw hammer lying at an angle."""
    with s.group("rotate(32 300 300)"):
        s.shadow(314, 350, 32, 150)
        s.shadow(296, 190, 140, 34, 0.3)
        s.path("M282 150h38l6 190q14 60 10 200-2 18-34 18t-36-18q-4-140 8-200z", fill=s.across(*WOOD))
        for shift in (-12, -3, 8):
            s.stroke(f"M{300 + shift} 220q{shift / 2} 150 {shift / 3} 320", "#5d350e", 1.6, opacity=0.4)
        s.path("M268 440h66q4 60 0 104-2 14-32 14t-34-14q-4-50 0-104z", fill=s.tube("#202227", 0.35))
        head = "M180 104h34l22 12h96q60-8 118 52l-16 12q-46-38-96-30l-22 26H236l-22 14h-34q-14 0-14-14v-58q0-14 14-14z"
        s.path(head, fill=s.down("#5c6269", (0.14, "#d3d7dc"), (0.3, "#f4f6f8"), (0.55, "#8d939a"), "#3a3f45"))
        s.rect(158, 100, 22, 94, 6, fill=s.down(*IRON))
        s.rect(278, 102, 46, 80, 4, fill=s.down("#7b8188", (0.3, "#e4e7ea"), "#4a5057"))
        s.stroke("M352 134q50-4 90 34", "#2f3439", 4)
        s.text(300, 148, "450 g", 12, "#4a5057")


def jembe(s: Studio) -> None:
    """A hoe with a long handle, standing on its blade."""
    s.shadow(262, 520, 190, 18)
    with s.group("rotate(34 300 300)"):
        s.path("M286 10h26l6 470h-38z", fill=s.across(*WOOD))
        for shift in (-6, 4):
            s.stroke(f"M{299 + shift} 30q{shift} 220 0 440", "#5d350e", 1.5, opacity=0.4)
        s.oval(299, 11, 13, 5, fill="#d9a766")
    s.oval(176, 452, 46, 34, fill=s.slant("#767c83", (0.5, "#3d4248"), "#1b1e21"), transform="rotate(-20 176 452)")
    s.oval(172, 444, 27, 18, fill=s.slant("#d9a766", "#96622a"), transform="rotate(-24 172 444)")
    s.path(
        "M130 456q40 34 96-4l60 6 92 50q8 12-12 14H150q-28-6-20-66z",
        fill=s.down("#8d939a", (0.25, "#50565d"), (0.7, "#33383d"), "#24282c"),
    )
    s.path(
        "M136 508q120 12 246 0l2 8-10 8H152z", fill=s.across("#aeb4ba", (0.3, "#ffffff"), (0.6, "#c9ced4"), "#9aa0a7")
    )
    s.stroke("M226 456l60 6 84 46", "#c3c8ce", 3, opacity=0.6)


def watering_can(s: Studio) -> None:
    """A galvanised can with a brass rose."""
    s.shadow(326, 500, 190, 22)
    zinc: tuple[Stop, ...] = (
        "#5f676d",
        (0.1, "#a6aeb4"),
        (0.24, "#eef1f3"),
        (0.4, "#bcc4c9"),
        (0.7, "#8b949a"),
        (0.9, "#b3bbc0"),
        "#636b71",
    )
    s.stroke("M470 236q96-6 92 96t-104 118", "#565e64", 20)
    s.stroke("M470 232q88-2 86 92", "#c6cdd2", 6)
    s.stroke("M266 210C270 60 420 60 440 206", "#565e64", 18)
    s.stroke("M262 206C268 62 408 60 434 190", "#d0d6da", 5)
    s.path(
        "M258 400L118 190l26-18 118 138z",
        fill=s.linear("#c9d0d5", (0.4, "#f3f5f6"), "#7c858b", along=(0.2, 0.6, 0.8, 0.3)),
    )
    s.path("M92 130q40-36 84 4l-24 62q-30 22-54-4z", fill=s.slant("#ecc877", (0.5, "#b98b34"), "#76530f"))
    s.oval(122, 142, 58, 26, fill=s.slant("#f6dc9a", "#a87a24"), transform="rotate(-22 122 142)")
    for x in range(-36, 40, 14):
        for y in (-9, 1, 11):
            s.oval(122 + x, 142 + y, 2.6, 2, fill="#4a350c", transform="rotate(-22 122 142)")
    s.path("M240 216h230l14 270q0 14-14 14H240q-14 0-14-14z", fill=s.across(*zinc))
    spangle = s.tiles(
        38,
        34,
        '<path d="M4 6l14-4 6 12-12 8zM24 18l12 2-4 12-12-4z" fill="#fff" opacity=".2"/>'
        '<path d="M2 24l10 2-4 8z" fill="#000" opacity=".08"/>',
    )
    s.path("M240 216h230l14 270q0 14-14 14H240q-14 0-14-14z", fill=spangle)
    s.path("M240 216q116-24 230 0-50 26-115 26t-115-26z", fill=s.down("#454c51", "#7b848a"))
    s.path("M300 208q100-14 170 8-40 20-100 24 0-20-70-32z", fill=s.slant("#e6eaec", "#8b949a"))
    for y in (262, 452):
        s.stroke(f"M{236 - (y - 262) * 0.04:.0f} {y}q120 22 242 0", "#6f787e", 5, opacity=0.7)
        s.stroke(f"M{236 - (y - 262) * 0.04:.0f} {y - 4}q120 22 242 0", "#ffffff", 2.4, opacity=0.7)
    s.text(354, 372, "SHAMBA BORA", 21, "#3f6b3a", font_weight=700, letter_spacing=1)
    s.text(354, 398, "10 L", 18, "#3f6b3a")


def tape_measure(s: Studio) -> None:
    """A tape measure with its blade drawn out."""
    with s.group("translate(34 14) scale(.94)"):
        _tape_measure(s)


def _tape_measure(s: Studio) -> None:
    s.shadow(290, 480, 226, 22)
    s.path("M20 424h250v40H20z", fill=s.down("#ffe46b", (0.5, "#f7c81e"), "#c99a06"))
    heights = ((30 + i * 4.8, 18 if i % 10 == 0 else 12 if i % 5 == 0 else 7) for i in range(50))
    s.stroke("".join(f"M{x:.0f} 424v{height}" for x, height in heights), "#1d1a10", 1.3)
    for index in range(5):
        s.text(42 + index * 48, 458, str(index + 1), 15, "#c4231a" if index == 0 else "#1d1a10", font_weight=700)
    s.path("M12 410h16v64H12q-4 0-4-4v-56q0-4 4-4z", fill=s.across("#6d737a", (0.4, "#eef0f2"), "#8d939a"))
    case = "M224 470V274q4-130 142-140 150-6 182 136 6 60 0 200H224z"
    s.path(case, fill=s.across("#121316", (0.12, "#4d5159"), (0.5, "#2a2c31"), "#0d0e10"))
    s.path("M246 452V280q6-112 122-122 128-4 156 116 6 56 0 178z", fill=s.slant("#ffdc4a", (0.4, "#f6bf16"), "#c68f05"))
    s.oval(384, 312, 106, fill=s.slant("#2f3238", "#141518"))
    s.oval(384, 312, 92, fill=s.slant("#ffe06a", (0.5, "#f4bd17"), "#d19a08"))
    s.text(384, 320, "5 m", 54, "#1d1a10", font_weight=700)
    s.text(384, 350, "FUNDI PRO", 16, "#1d1a10", letter_spacing=1, font_weight=600)
    s.path("M262 280q6-96 106-106 40-2 70 14-120-4-150 130l-26 40z", fill="#ffffff", opacity=0.32)
    s.path("M222 198q8-34 44-56l22 26q-24 18-30 44z", fill=s.slant("#e5502f", "#8f2411"))
    for y in range(396, 460, 14):
        s.stroke(f"M528 {y}h16", "#000000", 5, opacity=0.5)


def padlock(s: Studio) -> None:
    """A brass padlock with its keys beside it."""
    s.shadow(264, 506, 160, 20)
    s.stroke("M170 262V176C170 70 358 70 358 176V262", "#3d4248", 43)
    s.stroke(
        "M170 262V176C170 70 358 70 358 176V262",
        s.across("#7d838a", (0.1, "#eef0f2"), (0.2, "#8d939a"), (0.8, "#a9afb5"), (0.92, "#f4f6f8"), "#6d737a"),
        34,
    )
    s.stroke("M164 260V176C166 96 300 64 344 140", "#ffffff", 6, opacity=0.6)
    s.rect(
        112, 244, 304, 256, 22, fill=s.down("#fff0b5", (0.06, "#e4bd5c"), (0.5, "#c6973a"), (0.9, "#94691c"), "#5f410c")
    )
    s.rect(122, 256, 284, 232, 14, fill=s.slant("#f3d384", (0.35, "#cfa247"), (0.6, "#e3bb62"), "#97691b"))
    brush = s.tiles(60, 5, '<path d="M0 1h60M10 3.5h44" stroke="#7a5412" stroke-width=".7" opacity=".4"/>')
    s.rect(122, 256, 284, 232, 14, fill=brush)
    s.text(264, 360, "KUFULI", 42, "#7a5412", font_weight=700, letter_spacing=5)
    s.text(265, 361.5, "KUFULI", 42, "#fff3c9", font_weight=700, letter_spacing=5, opacity=0.4)
    s.text(264, 394, "HARDENED  50 mm", 16, "#7a5412", letter_spacing=1)
    s.oval(264, 498, 34, 8, fill="#5f410c")
    s.oval(508, 430, 34, fill="none", stroke=s.slant("#f4f6f8", "#767c83"), stroke_width=6)
    for tilt in (-12, 10, 30):
        with s.group(f"rotate({tilt} 508 440)"):
            _key(s)


def _key(s: Studio) -> None:
    brass = s.slant(tint("#d9ac4c", 0.5), (0.5, "#d9ac4c"), shade("#d9ac4c", 0.4))
    s.path(
        "M508 446a26 26 0 0 1 13 48v66l-8 10-6-6-6 6-6-8v-10l6-6-6-6v-46a26 26 0 0 1 13-48z",
        fill=brass,
        stroke="#8a6219",
        stroke_width=1.4,
    )
    s.oval(508, 458, 6, fill="#e9e7e2", stroke="#8a6219", stroke_width=1.4)

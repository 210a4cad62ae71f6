"""Pictures for the shelf of phones and charging."""

from __future__ import annotations

from sokopesa.demo.catalogue.pictures.studio import Studio, shade, tint

CHROME = ("#8d9299", (0.2, "#f6f8fa"), (0.45, "#a9aeb5"), (0.7, "#e8ebee"), "#70757c")


def smartphone(s: Studio) -> None:
    """Back and front of one phone, the back leaning behind."""
    s.shadow(300, 522, 190, 20)
    with s.group("rotate(-7 230 310)"):
        _phone_back(s, 118, 84)
    with s.group("rotate(5 370 320)"):
        _phone_front(s, 272, 92)


def _phone_back(s: Studio, x: float, y: float) -> None:
    s.rect(
        x, y, 208, 424, 34, fill=s.across("#0e2f4d", (0.04, "#7fa9cf"), (0.1, "#1d4d78"), (0.95, "#12385b"), "#6d97bd")
    )
    s.rect(x + 5, y + 4, 198, 416, 31, fill=s.slant("#5f9bd0", (0.35, "#2c6aa3"), (0.6, "#1f5285"), "#123a62"))
    s.path(f"M{x + 5} {y + 250} L{x + 203} {y + 60} V{y + 150} L{x + 5} {y + 340}Z", fill="#ffffff", opacity=0.09)
    s.rect(x + 18, y + 18, 92, 150, 26, fill=s.slant("#4a86bd", "#173f68"), stroke="#8fb9dd", stroke_width=1.5)
    for cy in (52, 102):
        s.oval(x + 50, y + cy, 23, fill=s.slant("#dfe8f0", "#3b4a58"))
        s.oval(x + 50, y + cy, 19.5, fill="#0a0d12")
        s.oval(x + 50, y + cy, 11, fill=s.glow("#3c4f8c", (0.6, "#141a33"), "#05060a", cx=0.4, cy=0.35))
        s.oval(x + 45, y + cy - 6, 4, fill="#ffffff", opacity=0.75)
    s.oval(x + 50, y + 144, 10, fill="#0a0d12")
    s.oval(x + 90, y + 52, 7, fill=s.glow("#fffdf0", "#e8d9a6"))
    s.text(x + 104, y + 372, "Pendo", 20, "#cfe2f3", opacity=0.75, letter_spacing=2)


def _phone_front(s: Studio, x: float, y: float) -> None:
    s.rect(x + 206, y + 110, 5, 60, 2, fill="#2b3a48")
    s.rect(
        x, y, 208, 424, 34, fill=s.across("#2f4356", (0.03, "#b9cbdb"), (0.08, "#33495d"), (0.95, "#1c2b39"), "#8ea5ba")
    )
    s.rect(x + 4, y + 4, 200, 416, 30, fill="#07090c")
    face = (
        f"M{x + 34} {y + 11}h140a24 24 0 0 1 24 24v354a24 24 0 0 1-24 24h-140a24 24 0 0 1-24-24v-354a24 24 0 0 1 24-24z"
    )
    with s.clip(face):
        s.rect(
            x + 10,
            y + 11,
            188,
            402,
            fill=s.down("#143a66", (0.38, "#d9773f"), (0.58, "#f7c66b"), (0.6, "#8b4a3a"), "#2a1d33"),
        )
        s.oval(x + 132, y + 222, 33, fill=s.glow("#fff7d6", (0.7, "#ffe39a"), "#f9b95d"))
        s.path(f"M{x} {y + 262}q50-44 92-20t116-22v60H{x}z", fill="#7c3b3c")
        s.path(f"M{x} {y + 300}q70-46 120-16t92-12v150H{x}z", fill=s.down("#4a2438", "#1b1226"))
        s.path(f"M{x + 60} {y + 288}v-42m-26 0q26-22 54 0z", fill="#1d1020", stroke="#1d1020", stroke_width=4)
        s.text(x + 104, y + 96, "10:24", 46, "#ffffff", font_weight=300)
        s.text(x + 104, y + 120, "Saturday, 7 March", 13, "#ffffff", opacity=0.85)
        for index, colour in enumerate(("#2fae62", "#f2f4f7", "#3a86f0", "#f0a92c")):
            s.rect(x + 24 + index * 42, y + 356, 34, 34, 10, fill=s.down(tint(colour, 0.25), colour), opacity=0.96)
        s.path(f"M{x + 10} {y + 11}h110L{x + 10} {y + 300}z", fill="#ffffff", opacity=0.1)
    s.oval(x + 104, y + 27, 5.5, fill="#04060a", stroke="#1f2b38", stroke_width=1)


def simple_phone(s: Studio) -> None:
    """A phone with keys, standing."""
    s.shadow(302, 528, 105, 16)
    with s.group("rotate(3 300 300)"):
        s.rect(
            206,
            66,
            190,
            462,
            46,
            fill=s.across("#0b1e3a", (0.05, "#5c84bd"), (0.14, "#1d4380"), (0.86, "#163567"), "#0a1a33"),
        )
        s.rect(218, 76, 166, 442, 38, fill=s.slant("#3b6bb0", (0.4, "#214b8d"), "#122c57"))
        s.rect(228, 100, 146, 172, 14, fill="#0b0d11")
        s.rect(276, 84, 50, 7, 3.5, fill="#0a1526")
        _keypad_screen(s)
        s.rect(230, 284, 142, 64, 22, fill=s.down("#2b2f38", "#14171d"))
        s.rect(276, 290, 50, 52, 18, fill=s.down("#e8ebef", "#9aa1ab"))
        s.rect(286, 302, 30, 28, 9, fill=s.down("#bfc5cd", "#f4f6f8"))
        s.stroke("M242 302h20", "#3fc46b", 6)
        s.stroke("M340 302h20", "#e5483f", 6)
        s.stroke("M242 328h20M340 328h20", "#a8b0bb", 4)
        for row in range(4):
            for column, label in enumerate(("123", "456", "789", "*0#")[row]):
                x, y = 232 + column * 48, 358 + row * 37
                s.rect(x, y, 42, 30, 10, fill=s.down("#4a4f5a", (0.5, "#2a2e37"), "#191c22"))
                s.rect(x + 3, y + 2, 36, 7, 4, fill="#ffffff", opacity=0.16)
                s.text(x + 21, y + 22, label, 18, "#f3f5f8", font_weight=600)
        s.path("M226 96q4-16 20-16h24q-34 30-40 200z", fill="#ffffff", opacity=0.2)


def _keypad_screen(s: Studio) -> None:
    s.rect(236, 108, 130, 144, 6, fill=s.down("#64b7f0", (0.55, "#bfe3f7"), (0.56, "#6eab4a"), "#3e7d33"))
    s.oval(330, 142, 16, fill="#fff6c8")
    s.path("M236 198l40-34 30 26 22-16 38 30v12H236z", fill="#4f7fa0", opacity=0.75)
    s.rect(236, 108, 130, 18, fill="#0c2540", opacity=0.6)
    s.text(258, 121, "Kito", 11, "#ffffff")
    s.stroke("M340 121v-3M345 121v-6M350 121v-9M355 121v-11", "#ffffff", 2.4)
    s.text(301, 176, "08:15", 34, "#ffffff", font_weight=700)
    s.rect(236, 232, 130, 20, fill="#0c2540", opacity=0.65)
    s.text(262, 246, "Menu", 11, "#ffffff")
    s.text(340, 246, "Names", 11, "#ffffff")
    s.text(301, 266, "KITO", 10, "#8993a1", letter_spacing=3)


def power_bank(s: Studio) -> None:
    """A slab standing three-quarter, its display lit."""
    s.shadow(306, 508, 150, 18)
    s.path(
        "M360 92h44q40 4 42 40v334q-2 36-42 38h-44z",
        fill=s.across("#24272d", (0.35, "#24272d"), (0.62, "#6a707b"), (0.8, "#33373f"), "#101215"),
    )
    s.rect(
        164,
        92,
        226,
        412,
        36,
        fill=s.across("#1a1c21", (0.05, "#6a707b"), (0.12, "#33373f"), (0.9, "#24272d"), "#4b5059"),
    )
    s.rect(172, 98, 210, 400, 30, fill=s.slant("#4d525c", (0.35, "#30343b"), "#1b1d22"))
    s.path("M172 380L382 150v-24q0-28-28-28H254L172 190z", fill="#ffffff", opacity=0.05)
    s.rect(208, 132, 138, 84, 16, fill="#060809")
    s.text(268, 193, "98", 58, "#e9f6ff", font_weight=300)
    s.text(322, 193, "%", 26, "#8fd0ff")
    s.stroke("M224 206h86", "#42c77a", 4)
    s.text(277, 408, "VOLTERA", 24, "#c9ced6", letter_spacing=5, font_weight=600)
    s.text(277, 438, "20 000 mAh", 17, "#8e95a0")
    s.text(277, 466, "22.5 W  USB-C PD", 12, "#757c87")
    for y in (156, 272):
        s.rect(409, y, 19, 48, 4, fill="#050607", stroke="#7d838e", stroke_width=1.5)
        s.rect(414, y + 6, 8, 36, 2, fill="#d9dde2")
    s.rect(410, 222, 17, 32, 8.5, fill="#050607", stroke="#7d838e", stroke_width=1.5)
    s.oval(418, 392, 6, 16, fill=s.across("#7d838e", "#1d2025"))


def fast_charger(s: Studio) -> None:
    """A white plug with three pins to the left and sockets on its face."""
    s.shadow(330, 440, 150, 20, 0.5)
    for y, length, height in ((206, 62, 30), (318, 58, 26), (368, 58, 26)):
        s.rect(168 - length + 20, y, length + 14, height, 5, fill=s.down("#fff3c9", (0.3, "#d6ac52"), "#8f6a20"))
        s.rect(182, y, 10, height, fill="#3f3b33", opacity=0.5)
    s.path(
        "M190 158l170-28q26-2 28 22v276q-2 22-28 20l-170-22q-18-4-18-22V182q0-20 18-24z",
        fill=s.across("#c9c8c4", (0.2, "#f7f6f3"), (0.75, "#fdfdfc"), "#e4e2de"),
    )
    s.path(
        "M366 130q82 10 92 20 10 8 10 24v224q0 18-12 26-22 16-90 24 22-2 22-20V152q-2-20-22-22z",
        fill=s.across("#dedcd7", (0.3, "#c8c6c0"), "#a7a49d"),
    )
    s.path("M200 168l150-24q18-1 18 12v30L184 214v-28q0-14 16-18z", fill="#ffffff", opacity=0.7)
    for y in (186, 246):
        s.rect(412, y, 22, 42, 11, fill="#2b2b2d", stroke="#8f8c86", stroke_width=2)
        s.rect(420, y + 9, 6, 24, 3, fill="#7d7d80")
    s.rect(410, 314, 26, 58, 4, fill="#2b2b2d", stroke="#8f8c86", stroke_width=2)
    s.rect(417, 320, 8, 46, 2, fill="#2f7de0")
    s.text(278, 320, "VOLTERA", 24, "#b1aea7", letter_spacing=4, font_weight=600)
    s.text(278, 352, "65 W GaN", 18, "#c0bdb6")
    s.oval(448, 160, 3.5, fill="#63d68d")


def usb_cable(s: Studio) -> None:
    """A braided cable in a coil, both plugs in front."""
    s.shadow(300, 452, 190, 26, 0.3)
    weave = s.tiles(
        9,
        9,
        '<rect width="9" height="9" fill="#2f3540"/><path d="M0 0l4.5 4.5L0 9M9 0L4.5 4.5 9 9" '
        'stroke="#717b8a" stroke-width="1.6" fill="none"/>',
    )
    coil = (
        "M300 132a152 152 0 1 0 4 0",
        "M298 158a132 132 0 1 0 10 0",
        "M296 145a142 140 0 1 0 8 0",
        "M448 300q-4 120-90 142",
        "M152 300q8 118 96 142",
    )
    for d in coil:
        s.stroke(d, "#15181d", 19, opacity=0.9)
        s.stroke(d, weave, 15)
        s.stroke(d, "#ffffff", 3, opacity=0.2, transform="translate(-3 -3)")
    with s.group("translate(240 440) rotate(-84)"):
        _usb_plug(s)
    with s.group("translate(364 440) rotate(80)"):
        _usb_plug(s)
    s.rect(136, 262, 34, 46, 8, fill=s.across("#20242b", (0.3, "#565e6a"), "#1a1d22"))


def _usb_plug(s: Studio) -> None:
    s.rect(-7, -22, 14, 30, 5, fill=s.across("#17191d", (0.3, "#4b515b"), "#17191d"))
    s.rect(-14, 4, 28, 56, 8, fill=s.across(*CHROME))
    s.rect(-14, 12, 28, 2, fill="#5d636b", opacity=0.6)
    s.rect(-10, 58, 20, 30, 8, fill=s.across("#70767e", (0.3, "#eef1f4"), (0.6, "#b9bfc6"), "#5f656c"))
    s.rect(-5, 80, 10, 6, 3, fill="#22252a")


def earbuds(s: Studio) -> None:
    """An open case with both buds rising from it."""
    s.shadow(300, 500, 170, 22)
    s.path("M150 258q0-128 150-128t150 128v22H150z", fill=s.down("#ffffff", (0.5, "#eceae6"), "#cfccc6"))
    s.path("M166 262q0-112 134-112t134 112v18H166z", fill=s.down("#8b8883", (0.4, "#c9c6c0"), "#e9e7e3"))
    s.oval(300, 288, 146, 32, fill=s.down("#bfbcb6", "#f1efec"))
    s.oval(300, 286, 126, 24, fill="#6f6c67")
    _bud(s, 238, 1)
    _bud(s, 362, -1)
    s.path(
        "M146 288q154 60 308 0v74q0 136-154 136T146 362z",
        fill=s.across("#c2bfb9", (0.12, "#eeece8"), (0.3, "#ffffff"), (0.62, "#f1efeb"), (0.9, "#c9c6c0"), "#b3b0a9"),
    )
    s.path("M146 288q154 60 308 0", stroke="#ffffff", stroke_width=4)
    s.oval(300, 372, 5, fill="#58d68d")
    s.text(300, 432, "sauti", 26, "#b4b1aa", font_weight=600, letter_spacing=1)
    s.path("M176 330q4 90 70 140-84-30-84-144z", fill="#ffffff", opacity=0.8)


def _bud(s: Studio, x: float, side: int) -> None:
    with s.group(f"translate({x} 212) scale({side} 1)"):
        s.rect(-12, 10, 26, 92, 13, fill=s.tube("#f4f2ef", 0.8))
        s.oval(2, -8, 42, 38, fill=s.ball("#f6f4f1"))
        s.oval(32, -12, 22, 24, fill=s.ball("#4b4e55"))
        s.oval(40, -12, 9, 12, fill="#1e2024")
        s.oval(-14, -8, 7, 12, fill="#2b2d31")
        s.oval(-10, -26, 14, 7, fill="#ffffff", opacity=0.8)
        s.rect(-8, 84, 18, 5, 2, fill="#d0b06c")


def smart_watch(s: Studio) -> None:
    """A rectangular watch with a silicone strap, its face lit."""
    s.shadow(304, 536, 100, 14)
    strap = s.across("#0f1216", (0.08, "#3e444d"), (0.25, "#262b32"), (0.8, "#191c21"), "#0d0f12")
    s.path("M226 196l16-138q4-20 24-20h68q20 0 24 20l16 138z", fill=strap)
    s.path("M226 400l14 116q4 22 26 22h68q22 0 26-22l14-116z", fill=strap)
    for y in (454, 478, 502):
        s.rect(291, y, 18, 9, 4.5, fill="#07080a")
    s.rect(412, 258, 16, 46, 7, fill=s.down("#4d535c", (0.5, "#c5cad1"), "#3b4047"))
    s.rect(
        184,
        170,
        232,
        256,
        62,
        fill=s.across("#23272d", (0.05, "#a7aeb8"), (0.14, "#4b515a"), (0.88, "#2d3238"), "#7b828c"),
    )
    s.rect(194, 180, 212, 236, 54, fill="#050608")
    s.text(300, 262, "10:24", 60, "#ffffff", font_weight=300)
    s.text(300, 288, "SAT 7", 16, "#ff9f43", font_weight=700)
    for x, colour, dash in ((246, "#ff5468", "96 140"), (300, "#8bea5b", "74 140"), (354, "#38c8f5", "110 140")):
        s.oval(x, 344, 20, fill="none", stroke=shade(colour, 0.7), stroke_width=7)
        s.oval(
            x,
            344,
            20,
            fill="none",
            stroke=colour,
            stroke_width=7,
            stroke_dasharray=dash,
            stroke_linecap="round",
            transform=f"rotate(-90 {x} 344)",
        )
    s.text(300, 398, "6,482 steps", 15, "#b8c0ca")
    s.path("M248 180h70q-80 60-124 190V236q0-50 54-56z", fill="#ffffff", opacity=0.1)

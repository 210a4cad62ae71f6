"""Pictures for the shelf of home and living."""

from __future__ import annotations

from math import cos, pi, sin

from sokopesa.demo.catalogue.pictures.studio import Studio, shade, tint


def kiondo(s: Studio) -> None:
    """A woven basket with coloured bands and leather handles."""
    s.shadow(300, 516, 180, 22)
    for side, lift in ((1, 0), (-1, 22)):
        d = f"M206 {206 + lift / 2}C206 {30 + lift} 394 {30 + lift} 394 {206 + lift / 2}"
        s.stroke(d, "#4a2513" if side < 0 else "#331809", 21)
        s.stroke(d, "#8a5230" if side < 0 else "#5d3319", 14)
        s.stroke(d, "#c98f63", 2, stroke_dasharray="7 6", opacity=0.9 if side < 0 else 0.4)
    body = "M130 206q170 46 340 0 16 120-18 226-14 74-78 82H226q-64-8-78-82-34-106-18-226z"
    weave = s.tiles(
        16,
        12,
        '<path d="M0 9q4-8 8 0t8 0" stroke="#2a1708" stroke-opacity=".42" stroke-width="3" fill="none"/>'
        '<path d="M0 5q4-8 8 0t8 0" stroke="#fff" stroke-opacity=".3" stroke-width="2" fill="none"/>',
    )
    s.oval(300, 206, 170, 28, fill="#3a2410")
    with s.clip(body):
        s.rect(100, 180, 400, 350, fill="#dcbf8c")
        for y, height, colour in (
            (250, 34, "#a02c22"),
            (296, 14, "#23345c"),
            (322, 52, "#c46a1c"),
            (386, 14, "#23345c"),
            (412, 34, "#a02c22"),
        ):
            s.path(f"M90 {y}q210 52 420 0v{height}q-210 52-420 0z", fill=colour)
        for index in range(11):
            lift = 376 - (index - 5) ** 2
            s.path(f"M{108 + index * 38} {lift}l19-22 19 22-19 22z", fill="#f3dfb4")
        s.rect(100, 180, 400, 350, fill=weave)
        s.rect(
            100,
            180,
            400,
            350,
            fill=s.across(
                (0, "#1d0f04", 0.6),
                (0.22, "#ffffff", 0.24),
                (0.45, "#ffffff", 0.02),
                (0.8, "#1d0f04", 0.34),
                (1, "#1d0f04", 0.62),
            ),
        )
        s.rect(100, 440, 400, 90, fill=s.down((0, "#1d0f04", 0), (1, "#1d0f04", 0.45)))
    s.stroke("M130 206q170 46 340 0", "#b58d54", 13)
    s.stroke("M130 204q170 46 340 0", "#f1dcae", 4, stroke_dasharray="9 6")
    for x in (206, 394):
        s.rect(x - 17, 204, 34, 62, 8, fill=s.across("#4a2513", (0.4, "#9a6038"), "#4a2513"))
        for y in (218, 250):
            s.oval(x, y, 4, fill="#e0c080")


def shuka(s: Studio) -> None:
    """A folded checked blanket, another rolled on top."""
    s.shadow(300, 486, 236, 24)
    check = s.tiles(
        64,
        64,
        '<rect width="64" height="64" fill="#c4141c"/>'
        '<rect x="12" width="16" height="64" fill="#15101a" opacity=".85"/>'
        '<rect y="12" width="64" height="16" fill="#15101a" opacity=".72"/>'
        '<rect x="44" width="3" height="64" fill="#2f49a8"/>'
        '<rect x="52" width="2.5" height="64" fill="#f2f0ea" opacity=".9"/>'
        '<rect y="44" width="64" height="3" fill="#2f49a8"/>'
        '<rect y="52" width="64" height="2.5" fill="#f2f0ea" opacity=".9"/>',
    )
    for index in range(4):
        y = 440 - index * 40
        fold = f"M84 {y + 20}q0-20 20-20h396q20 0 20 20t-20 20H104q-20 0-20-20z"
        s.path(fold, fill=check)
        s.path(fold, fill=s.down((0, "#ffffff", 0.28), (0.35, "#ffffff", 0), (1, "#14060a", 0.62)))
        s.path(f"M470 {y}h30q20 0 20 20t-20 20h-30q22-20 0-40z", fill="#14060a", opacity=0.25)
    s.path("M96 322L150 236h330l42 86z", fill=check)
    s.path("M96 322L150 236h330l42 86z", fill=s.down((0, "#ffffff", 0.22), (1, "#ffffff", 0)))
    roll = "M176 196h250q34 0 34 40t-34 40H176z"
    s.path(roll, fill=check)
    s.path(roll, fill=s.down((0, "#ffffff", 0.3), (0.3, "#ffffff", 0.02), (1, "#14060a", 0.68)))
    s.oval(176, 236, 27, 40, fill="#a51119")
    for size in (33, 25, 17, 9):
        s.oval(176, 236, size * 0.66, size, fill="none", stroke="#3a0a10", stroke_width=2.6)
    s.rect(286, 192, 52, 88, 4, fill=s.down("#f8f3e6", "#d8cfba"))
    s.text(312, 232, "OLKERI", 11, "#5a3b1c", letter_spacing=1, font_weight=700)
    s.stroke("M296 244h32M300 254h24", "#a58a63", 1.6)


def towels(s: Studio) -> None:
    """Three folded towels in a stack, with a sprig on top."""
    s.shadow(300, 494, 216, 22)
    nap = s.tiles(
        6,
        6,
        '<circle cx="1.5" cy="1.5" r="1.1" fill="#fff" opacity=".34"/>'
        '<circle cx="4.5" cy="4.5" r="1.1" fill="#000" opacity=".09"/>',
    )
    for y, inset, height, colour in ((376, 0, 112, "#2c6e7f"), (276, 22, 100, "#e7dcc8"), (200, 54, 76, "#c9704f")):
        left, right = 92 + inset, 508 - inset
        half = height / 2
        for part in range(2):
            top, h = y + part * half, half
            d = f"M{left + 22} {top}H{right - 16}q16 0 16 {h / 2}t-16 {h / 2}H{left + 22}q-24 0-24-{h / 2}t24-{h / 2}z"
            s.path(d, fill=s.down(tint(colour, 0.3), (0.4, colour), shade(colour, 0.35)))
            s.path(d, fill=nap)
        s.stroke(f"M{left + 6} {y + half}H{right - 4}", shade(colour, 0.55), 3, opacity=0.55)
        s.rect(right - 92, y + 2, 9, height - 4, fill=tint(colour, 0.55), opacity=0.7)
        s.rect(right - 76, y + 2, 4, height - 4, fill=tint(colour, 0.55), opacity=0.7)
    s.stroke("M210 196q90-40 190-26", "#55703a", 4)
    for index in range(6):
        x, y = 236 + index * 30, 182 - (index % 3) * 3
        for up in (-1, 1):
            s.path(
                f"M{x} {y}q14 {up * 34} 44 {up * 26}q-14 {-up * 30}-44 {-up * 26}z", fill=s.slant("#a9bf86", "#4f6b36")
            )


def wall_clock(s: Studio) -> None:
    """A round clock with a wooden rim."""
    s.oval(312, 318, 226, fill=s.glow((0.75, "#3a3428", 0.5), (1, "#3a3428", 0)))
    s.oval(300, 298, 214, fill=s.slant("#e0b37a", (0.35, "#b57a3f"), (0.65, "#8a5424"), "#5f3512"))
    for size in (208, 202, 196):
        s.oval(300, 298, size, fill="none", stroke="#6d3f17", stroke_width=1.6, opacity=0.4)
    s.oval(300, 298, 186, fill=s.slant("#3f2209", "#c79357"))
    s.oval(300, 298, 180, fill=s.glow("#ffffff", (0.7, "#faf8f3"), "#e4e0d6", cx=0.4, cy=0.36, r=0.7))
    for step, inner, width in ((5, 0.9, 4), (1, 0.955, 1.6)):
        around = ((170 * sin(i * pi / 30), -170 * cos(i * pi / 30)) for i in range(0, 60, step))
        ticks = [f"M{300 + x:.0f} {298 + y:.0f}L{300 + x * inner:.0f} {298 + y * inner:.0f}" for x, y in around]
        s.stroke("".join(ticks), "#2a2622", width)
    for hour in range(1, 13):
        s.text(
            300 + 132 * sin(hour * pi / 6), 311 - 132 * cos(hour * pi / 6), str(hour), 36, "#2a2622", font_weight=600
        )
    s.text(300, 236, "SAA NJEMA", 12, "#8a8378", letter_spacing=3)
    with s.group("translate(5 7)", opacity=0.18):
        s.stroke("M300 298L218 250M300 298L372 190", "#1a1612", 9)
    s.stroke("M308 303L218 250", "#1f1c19", 10)
    s.stroke("M292 309L372 190", "#1f1c19", 6.5)
    s.stroke("M300 322V160", "#c4401f", 2.6)
    s.oval(300, 298, 9, fill=s.slant("#e8623f", "#8f2a10"))
    s.path("M128 290q0-130 120-172-84 60-96 178z", fill="#ffffff", opacity=0.35)


def mosquito_net(s: Studio) -> None:
    """A round net falling over a made bed."""
    s.shadow(300, 500, 256, 22)
    s.rect(96, 330, 18, 160, 6, fill=s.tube("#8a5a30", 0.4))
    s.rect(486, 330, 18, 160, 6, fill=s.tube("#8a5a30", 0.4))
    s.path("M110 300q190-30 380 0v110H110z", fill=s.down("#b98350", "#7a4b22"))
    s.rect(104, 392, 392, 62, 16, fill=s.down("#ffffff", "#d9d5cc"))
    s.path("M104 420q196-26 392 0v44q0 10-10 10H114q-10 0-10-10z", fill=s.down("#5b93a8", "#2f6177"))
    for x in (196, 364):
        s.rect(x - 54, 364, 108, 48, 22, fill=s.down("#ffffff", "#d5d1c8"))
    net = "M300 62q40 6 64 38 30 180 196 390H40Q206 280 236 100q24-32 64-38z"
    mesh = s.tiles(7, 7, '<path d="M0 0h7M0 0v7" stroke="#8fa9b5" stroke-width=".9" opacity=".6"/>')
    s.path(
        net,
        fill=s.across(
            (0, "#c6dbe4", 0.72),
            (0.3, "#ffffff", 0.5),
            (0.5, "#e9f3f7", 0.22),
            (0.7, "#ffffff", 0.42),
            (1, "#b3ccd7", 0.75),
        ),
    )
    s.path(net, fill=mesh)
    for x, foot in ((262, 110), (276, 190), (324, 410), (338, 490)):
        s.stroke(f"M{x} 108Q{(x + foot) / 2 + (30 if foot < 300 else -30)} 300 {foot} 488", "#ffffff", 5, opacity=0.75)
        s.stroke(
            f"M{x + 5} 108Q{(x + foot) / 2 + (36 if foot < 300 else -24)} 300 {foot + 8} 488",
            "#86a3b1",
            1.6,
            opacity=0.6,
        )
    s.path("M40 484h520l8 14H32z", fill="#e6f0f4", opacity=0.9)
    s.stroke("M300 62V26", "#5d6a70", 4)
    s.oval(300, 102, 66, 13, fill="none", stroke="#dfe9ee", stroke_width=8)
    s.oval(300, 102, 66, 13, fill="none", stroke="#86a3b1", stroke_width=1.5)


def mugs(s: Studio) -> None:
    """Two glazed mugs, one behind the other."""
    _mug(s, 374, 214, 0.94, "#3d6a72")
    _mug(s, 220, 254, 1.06, "#d9cdb8")


def _mug(s: Studio, x: float, y: float, scale: float, colour: str) -> None:
    with s.group(f"translate({x} {y}) scale({scale})"):
        s.shadow(0, 214, 112, 18)
        s.stroke("M92 46q84-10 80 56t-92 58", shade(colour, 0.3), 28)
        s.stroke("M92 46q84-10 80 56t-92 58", colour, 20)
        s.stroke("M96 40q72-6 72 50", tint(colour, 0.6), 5, opacity=0.8)
        body = "M-104 0h208q2 120-10 176-6 36-46 38H-48q-40-2-46-38-12-56-10-176z"
        s.path(body, fill=s.tube(colour, 0.5))
        s.path("M-98 140q98 20 196 0-2 24-6 38-6 34-44 36H-48q-38-2-44-36-4-14-6-38z", fill=s.tube("#b98a63", 0.35))
        specks = s.tiles(
            40,
            34,
            "".join(
                f'<circle cx="{(i * 19) % 40}" cy="{(i * 13) % 34}" r="{0.7 + i % 3 * 0.5:.2f}" fill="#4a3826"/>'
                for i in range(1, 8)
            ),
        )
        s.path(body, fill=specks, opacity=0.55)
        s.oval(0, 0, 104, 27, fill=s.across(shade(colour, 0.2), (0.3, tint(colour, 0.7)), colour))
        s.oval(0, 2, 95, 22, fill=s.down(shade(colour, 0.5), shade(colour, 0.15)))
        s.oval(0, 8, 86, 16, fill=s.slant("#c08552", "#7d4a22"))


def cushion(s: Studio) -> None:
    """A square cushion in a bold wax print, standing on its corner edge."""
    s.shadow(300, 500, 200, 24)
    outline = "M108 112q190 34 386-6 14 8 6 26-26 174 2 352 2 20-18 20-188-24-372 4-22 2-20-20 30-178-2-352-2-22 18-24z"
    ring = (
        '<circle cx="65" cy="65" r="52" fill="#f2a81d"/><circle cx="65" cy="65" r="40" fill="#8b1e3f"/>'
        '<circle cx="65" cy="65" r="28" fill="#f6e7c1"/>'
        '<circle cx="65" cy="65" r="16" fill="#11506b"/><circle cx="65" cy="65" r="6" fill="#f2a81d"/>'
    )
    rays = "".join(
        f'<path d="M65 7l5 10h-10z" fill="#f6e7c1" transform="rotate({turn} 65 65)"/>' for turn in range(0, 360, 30)
    )
    corners = "".join(f'<circle cx="{x}" cy="{y}" r="13" fill="#d1491f"/>' for x in (0, 130) for y in (0, 130))
    cloth = s.tiles(
        130, 130, f'<rect width="130" height="130" fill="#11506b"/>{ring}{rays}{corners}', "translate(40 46) rotate(3)"
    )
    s.path(outline, fill=cloth)
    s.path(
        outline,
        fill=s.glow(
            (0, "#ffffff", 0.3),
            (0.5, "#ffffff", 0.02),
            (0.85, "#0c0a10", 0.3),
            (1, "#0c0a10", 0.62),
            cx=0.4,
            cy=0.36,
            r=0.72,
        ),
    )
    for d in ("M110 116q60 40 84 96", "M492 110q-54 44-76 100", "M110 500q50-50 70-110", "M494 498q-54-44-72-96"):
        s.stroke(d, "#0c0a10", 7, opacity=0.13)
        s.stroke(d, "#ffffff", 3, opacity=0.18, transform="translate(-5 -3)")
    s.path(outline, stroke="#f2a81d", stroke_width=5)

"""Pictures for the shelf of school and play."""

from __future__ import annotations

from sokopesa.demo.catalogue.pictures.studio import Studio, shade, tint


def exercise_books(s: Studio) -> None:
    """Six books fanned out, the first one facing us."""
    s.shadow(306, 508, 200, 22)
    colours = ("#e0872b", "#7b4fa0", "#2f9e62", "#c7364b", "#2a6fb5", "#1f8a94")
    for index, colour in enumerate(colours):
        turn, shift = 15 - index * 4, 24 - index * 9
        with s.group(f"rotate({turn} 300 560) translate({shift} 0)"):
            s.rect(158, 98, 276, 396, 5, fill="#efece4", stroke="#c9c4b8", stroke_width=1)
            s.rect(152, 94, 278, 398, 5, fill=s.slant(tint(colour, 0.3), (0.45, colour), shade(colour, 0.25)))
            s.rect(152, 94, 20, 398, 4, fill=shade(colour, 0.4))
    s.rect(200, 160, 200, 132, 6, fill="#fbf8f0")
    s.text(300, 200, "ELIMU", 28, "#1f5f68", font_weight=700, letter_spacing=4)
    s.text(300, 224, "Exercise book", 15, "#4c5a5e")
    for y, label in ((250, "Name"), (274, "Subject")):
        s.text(230, y, label, 12, "#6a7579")
        s.stroke(f"M258 {y}h126", "#b5bdbf", 1.4)
    s.path("M178 380q120-70 246-10v116H178z", fill="#ffffff", opacity=0.1)
    s.text(376, 470, "96 pages", 14, "#e4f3f4")
    for y in (150, 290, 430):
        s.rect(158, y, 8, 24, 3, fill=s.down("#eef0f2", "#7d838a"))
    s.path("M172 94h120L172 400z", fill="#ffffff", opacity=0.1)


def colour_pencils(s: Studio) -> None:
    """An open tin with twenty-four pencils, points up."""
    s.shadow(300, 500, 232, 20)
    s.rect(70, 92, 460, 400, 22, fill=s.slant("#f6f7f8", (0.4, "#a9afb6"), (0.6, "#dfe2e5"), "#838990"))
    s.rect(82, 104, 436, 376, 14, fill=s.down("#6f757c", "#b3b8be"))
    hues = (
        "#7a1f1f",
        "#c0232c",
        "#e5402a",
        "#ef6a23",
        "#f58f1e",
        "#f9b51c",
        "#fbd83a",
        "#f4ee6a",
        "#c4d63a",
        "#84b93a",
        "#3f9a3f",
        "#1d7a45",
        "#14806f",
        "#1aa0a8",
        "#38b3e0",
        "#2387d0",
        "#1f5cb0",
        "#273b8e",
        "#4a2d87",
        "#79378f",
        "#b0388e",
        "#e15a9c",
        "#8a5a33",
        "#2b2b2e",
    )
    for index, colour in enumerate(hues):
        x, top = 90 + index * 17.5, 128 + (index % 2) * 5
        s.path(f"M{x:.1f} {top + 52}L{x + 8.5:.1f} {top}l8.5 52v{420 - top}h-17z", fill="#e6bf8a")
        s.path(f"M{x + 5.6:.1f} {top + 18}L{x + 8.5:.1f} {top}l2.9 18z", fill=colour)
        s.path(f"M{x:.1f} 472V{top + 52}q2.8-7 5.7 0 2.8-7 5.6 0 2.9-7 5.7 0V472z", fill=colour)
    shine = s.tiles(
        17.5,
        400,
        '<rect width="5.5" height="400" fill="#fff" opacity=".32"/>'
        '<rect x="11.5" width="6" height="400" fill="#000" opacity=".26"/>',
        "translate(90 0)",
    )
    s.rect(90, 184, 420, 288, fill=shine)
    s.path("M70 396q230 34 460 0v74q0 22-22 22H92q-22 0-22-22z", fill=s.down("#1f4f86", "#12315a"))
    s.path("M70 396q230 34 460 0v10q-230 34-460 0z", fill="#f2b632")
    s.text(300, 466, "ELIMU  24", 34, "#ffffff", font_weight=700, letter_spacing=5)
    s.path("M70 396v74q0 22 22 22h60V408z", fill="#ffffff", opacity=0.14)


def calculator(s: Studio) -> None:
    """A scientific calculator with its keys."""
    s.shadow(306, 536, 140, 14)
    with s.group("rotate(4 300 300)"):
        s.rect(172, 54, 262, 480, 30, fill="#0c0d10")
        s.rect(
            166,
            50,
            262,
            480,
            30,
            fill=s.across("#2a2d34", (0.08, "#6b707a"), (0.2, "#43474f"), (0.85, "#2c2f36"), "#16181c"),
        )
        s.rect(178, 62, 238, 140, 16, fill="#15171b")
        s.text(234, 84, "ELIMU", 16, "#d8dbe0", letter_spacing=3, font_weight=600)
        s.rect(312, 72, 92, 22, 3, fill=s.across("#3c2a33", (0.5, "#5d4450"), "#2b1e26"))
        s.stroke("M335 72v22M358 72v22M381 72v22", "#15171b", 2)
        s.rect(192, 104, 210, 84, 6, fill=s.slant("#d3ddc4", (0.5, "#bccab0"), "#a4b59a"))
        s.text(280, 136, "√(2) ÷ 3 + 5²", 19, "#1c2419", font_family="Courier,monospace")
        s.text(338, 176, "25.4714", 28, "#1c2419", font_family="Courier,monospace", font_weight=700)
        _calculator_keys(s)
        s.path("M196 62h130L178 330V80q0-18 18-18z", fill="#ffffff", opacity=0.07)


def _calculator_keys(s: Studio) -> None:
    for row in range(3):
        for column in range(6):
            s.rect(186 + column * 38, 222 + row * 30, 31, 20, 7, fill=s.down("#7d828c", (0.3, "#565b65"), "#2c2f36"))
    s.oval(300, 232, 34, 19, fill=s.down("#dfe2e6", "#8d939b"), stroke="#15171b", stroke_width=4)
    for row, labels in enumerate(("789DA", "456×÷", "123+−", "0.e(=")):
        for column, label in enumerate(labels):
            is_red = row == 0 and column > 2
            base = "#d9492b" if is_red else "#e9ebee" if column < 3 else "#9ba2ab"
            x, y = 187 + column * 45.5, 322 + row * 48
            s.rect(
                x, y, 38, 35, 9, fill=s.down(tint(base, 0.4), (0.5, base), (0.92, shade(base, 0.25)), shade(base, 0.8))
            )
            ink = "#ffffff" if is_red else "#1b1d21"
            s.text(x + 19, y + 24, label, 21, ink, font_weight=600)


def globe(s: Studio) -> None:
    """A globe on its stand, Africa towards us."""
    s.shadow(300, 534, 130, 16)
    s.path("M196 530q4-30 104-30t104 30z", fill=s.across("#3f2411", (0.3, "#a86f3d"), "#3a200e"))
    s.rect(288, 452, 24, 54, 6, fill=s.across("#7d838a", (0.3, "#f4f6f8"), "#6d737a"))
    s.stroke("M226 66A214 214 0 0 0 250 460Q330 486 410 436", s.slant("#fafbfc", (0.5, "#8d939b"), "#d6dadf"), 15)
    s.oval(
        300, 262, 180, fill=s.glow("#a9ddf5", (0.4, "#4fa6d8"), (0.8, "#1f6ba8"), "#123f6d", cx=0.36, cy=0.3, r=0.78)
    )
    with s.clip("M120 262a180 180 0 1 1 360 0a180 180 0 1 1-360 0z"), s.group("rotate(14 300 262)"):
        s.stroke(
            "M110 262h380M128 190q172 30 344 0M128 334q172-30 344 0M300 80v364M212 90q-70 170 0 344M388"
            " 90q70 170 0 344",
            "#ffffff",
            1.2,
            opacity=0.4,
        )
        _continents(s)
    s.oval(
        300,
        262,
        181,
        fill=s.glow(
            (0, "#ffffff", 0.36),
            (0.45, "#ffffff", 0),
            (0.8, "#06182b", 0.22),
            (1, "#06182b", 0.6),
            cx=0.36,
            cy=0.3,
            r=0.78,
        ),
    )
    s.oval(222, 156, 44, 24, fill="#ffffff", opacity=0.4, transform="rotate(-36 222 156)")
    s.oval(256, 86, 11, fill=s.ball("#c9a24c"))
    s.oval(346, 438, 11, fill=s.ball("#c9a24c"))


def _continents(s: Studio) -> None:
    africa = (
        "M232 196q20-22 58-22 24-6 44 6 26-4 40 8 8 24 24 42 14 8 34 4-6 26-34 46-8 28-6 48-18 22-22"
        " 44-14 28-40 30-16-6-20-34-10-26-6-50 "
        "4-22-14-38-4-14-18-12-24 6-40-8-20-16-18-32 4-20 18-32z"
    )
    s.path(africa, fill="#e8c766", stroke="#a67c2a", stroke_width=1.6)
    for d, colour in (
        ("M232 196q20-22 58-22l-4 40-50 18-18-8q4-14 14-28z", "#d98b52"),
        ("M290 174q24-6 44 6l0 44-48-10z", "#b7c96a"),
        ("M334 180q26-4 40 8 4 16 12 28l-52 8z", "#e6a8a0"),
        ("M334 224l52-8 12 14-8 32-44 8-20-24z", "#9cc48b"),
        ("M286 214l48 10-8 22-30 22q-10-8-20-4-14 4-30-2l-10-30z", "#e5d07a"),
        ("M346 270l44-8 18 20q-8 20-6 40-16 8-30 4l-30-26z", "#d9718a"),
        ("M296 268l30-22 20 24-4 30-30 4q-2-20-16-36z", "#c9b1dc"),
        ("M314 304l28-4 30 26-8 30-40 0q-8-26-10-52z", "#a8cfe0"),
    ):
        s.path(d, fill=colour, stroke="#ffffff", stroke_width=1, stroke_opacity=0.6)
    s.path("M358 262l24-4 10 14-6 24-12 8-22-18z", fill="#d8402f", stroke="#ffffff", stroke_width=1.6)
    s.path("M422 312q12 14 4 38-10 16-14 2-2-24 10-40z", fill="#e08a4a")
    s.path(
        "M232 168q-12-24 8-34 6-26 34-22 10-22 40-20 34-12 66 6 30 4 46 30l-20 20q-30-8-52 4-30-14-56 8-30 0-40 12z",
        fill="#a9c47a",
        stroke="#6e8a44",
        stroke_width=1.4,
    )
    s.path(
        "M386 176q40-30 86-4l30 60-36 8q-20-20-34-10-34-10-46-54z", fill="#e0b58a", stroke="#a8794a", stroke_width=1.4
    )
    s.path("M128 270q26 4 40 34 4 40-24 70l-40-20z", fill="#8fc08a", stroke="#5a8a55", stroke_width=1.4)


def building_blocks(s: Studio) -> None:
    """A small castle of painted blocks."""
    s.shadow(300, 502, 226, 24)
    for x, y, w, h, colour in (
        (116, 396, 104, 104, "#d9a766"),
        (226, 396, 148, 104, "#d8402f"),
        (380, 396, 104, 104, "#2a6fb5"),
        (130, 316, 80, 80, "#2f9e62"),
        (390, 316, 80, 80, "#e9b52c"),
        (206, 344, 188, 52, "#d9a766"),
        (258, 264, 84, 80, "#7b4fa0"),
    ):
        _block(s, (x, y), (w, h), colour)
    s.path("M268 500v-50a32 32 0 0 1 64 0v50z", fill=s.down("#5d1710", "#8c2a1e"))
    for x, y, half, colour in ((170, 316, 40, "#d8402f"), (430, 316, 40, "#2a6fb5"), (300, 264, 44, "#e9b52c")):
        s.path(
            f"M{x - half} {y}L{x} {y - half * 1.7:.0f}L{x + half} {y}z",
            fill=s.slant(tint(colour, 0.4), (0.5, colour), shade(colour, 0.2)),
        )
        s.path(
            f"M{x} {y - half * 1.7:.0f}L{x + half} {y}l18-12L{x + 14} {y - half * 1.7 - 6:.0f}z",
            fill=shade(colour, 0.35),
        )
    s.text(168, 466, "A", 58, "#8a5a24", font_weight=700)
    s.text(432, 466, "B", 58, "#dcebfa", font_weight=700)
    s.text(300, 322, "C", 50, "#efe3f7", font_weight=700)
    s.oval(524, 470, 32, fill=s.ball("#2f9e62"))
    s.rect(52, 440, 54, 60, 6, fill=s.tube("#e9b52c", 0.5))
    s.oval(79, 440, 27, 8, fill="#f6d780")


def _block(s: Studio, corner: tuple[float, float], size: tuple[float, float], colour: str) -> None:
    (x, y), (w, h) = corner, size
    s.path(f"M{x} {y}l18-12h{w}l-18 12z", fill=tint(colour, 0.5))
    s.path(f"M{x + w} {y}l18-12v{h}l-18 12z", fill=shade(colour, 0.35))
    s.rect(x, y, w, h, 3, fill=s.slant(tint(colour, 0.28), (0.5, colour), shade(colour, 0.14)))
    s.stroke(f"M{x + 4} {y + 3}h{w - 8}", "#ffffff", 2, opacity=0.5)
    s.stroke(
        f"M{x + 8} {y + h * 0.4:.0f}q{w * 0.3:.0f} 6 {w - 16} 0M{x + 8} {y + h * 0.7:.0f}q{w * 0.4:.0f} -6 {w - 16} 0",
        shade(colour, 0.5),
        1,
        opacity=0.18,
    )


def teddy_bear(s: Studio) -> None:
    """A sitting bear with a bow."""
    fur, pale = "#b07a45", "#e8cba0"
    s.shadow(300, 516, 180, 22)
    plush = s.tiles(
        9,
        8,
        '<path d="M1 5q2-5 4 0M5 1.5q2-4 3.5 0" stroke="#4a2c10" stroke-width="1" fill="none"'
        ' opacity=".3"/><path d="M2 4q2-4 3 0" stroke="#fff" stroke-width=".8" fill="none" opa'
        'city=".25"/>',
    )
    parts = (
        (206, 118, 44, 44),
        (394, 118, 44, 44),
        (300, 384, 122, 128),
        (172, 352, 42, 84),
        (428, 352, 42, 84),
        (200, 462, 74, 62),
        (400, 462, 74, 62),
        (300, 204, 126, 112),
    )
    for index, (x, y, rx, ry) in enumerate(parts):
        turn = {3: 24, 4: -24}.get(index, 0)
        for fill in (s.ball(fur), plush):
            s.oval(x, y, rx, ry, fill=fill, transform=f"rotate({turn} {x} {y})" if turn else None)
        if index < 2:
            s.oval(x, y + 4, 25, 25, fill=s.ball(pale))
        if index in (5, 6):
            s.oval(x, y + 6, 44, 40, fill=s.ball(pale))
            s.oval(x, y + 12, 19, 15, fill=shade(fur, 0.35), opacity=0.6)
            for toe in (-22, 0, 22):
                s.oval(x + toe, y - 14 - (0 if toe else 4), 7.5, fill=shade(fur, 0.35), opacity=0.6)
        if index == 2:
            s.oval(300, 400, 78, 88, fill=s.ball(pale))
            s.stroke("M300 326v150", shade(pale, 0.35), 2, stroke_dasharray="6 5")
    s.oval(300, 244, 58, 46, fill=s.ball(pale))
    s.oval(300, 222, 22, 15, fill=s.ball("#3a2416"))
    s.stroke("M300 236v16q-14 20-32 8M300 252q14 20 32 8", "#3a2416", 4)
    for x in (252, 348):
        s.oval(x, 190, 13, 14, fill=s.ball("#1d120b"))
        s.oval(x - 4, 185, 4.5, fill="#ffffff")
    for side in (1, -1):
        s.path(
            "M300 316q-50-40-84-20-8 30 4 54 40 6 80-24z",
            fill=s.slant("#e0485a", "#8f1726"),
            transform=f"translate(300 0) scale({side} 1) translate(-300 0)",
        )
    s.oval(300, 322, 19, 17, fill=s.ball("#c92a3f"))


def baby_bottles(s: Studio) -> None:
    """Two feeding bottles, one full of milk."""
    _baby_bottle(s, 392, 0.9, "#e5879c")
    _baby_bottle(s, 220, 1.0, "#4aa3c7")


def _baby_bottle(s: Studio, x: float, scale: float, colour: str) -> None:
    with s.group(f"translate({x} {530 - 530 * scale}) scale({scale})"):
        s.shadow(0, 526, 96, 15)
        s.path(
            "M-18 112q-4-50 18-52 22 2 18 52 36 10 46 46H-64q10-36 46-46z",
            fill=s.across("#c98f5a", (0.25, "#fbe3c4"), (0.5, "#f0c797"), "#b5763d"),
        )
        s.oval(-6, 72, 5, 9, fill="#ffffff", opacity=0.7)
        s.rect(-78, 152, 156, 50, 10, fill=s.tube(colour, 0.55))
        for offset in range(-70, 74, 12):
            s.rect(offset, 158, 4, 38, 2, fill=shade(colour, 0.4), opacity=0.3)
        glass = (
            "M-70 202h140q24 26 22 70-8 40 0 84 6 60 0 134-2 32-34 32H-58q-32 0-34-32-6-74 0-134 8-44 0-84-2-44 22-70z"
        )
        s.path(
            glass,
            fill=s.across((0, "#a9bec9", 0.9), (0.18, "#ffffff", 0.85), (0.5, "#eaf2f5", 0.6), (1, "#93aab6", 0.95)),
        )
        with s.clip(glass):
            s.rect(-100, 290, 200, 240, fill=s.across("#e5dcc8", (0.25, "#ffffff"), (0.6, "#fbf6ea"), "#d8ccb2"))
            s.oval(0, 290, 92, 11, fill="#fffdf6")
        for index in range(6):
            s.stroke(f"M20 {320 + index * 30}h{34 if index % 2 else 22}", shade(colour, 0.3), 3)
            if index % 2:
                s.text(72, 325 + index * 30, str(240 - index * 40), 13, shade(colour, 0.3))
        s.text(-22, 420, "toto", 32, colour, font_weight=700)
        s.path(
            "M-64 220q-18 20-14 52 6 40 0 84-6 60-2 120l14 10q-6-70 2-130 6-44 0-84-2-30 14-52z",
            fill="#ffffff",
            opacity=0.75,
        )

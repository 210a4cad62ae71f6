"""Pictures for the kitchen shelf."""

from __future__ import annotations

from sokopesa.demo.catalogue.pictures.studio import Stop, Studio, shade, tint

STEEL: tuple[Stop, ...] = (
    "#6b7178",
    (0.08, "#b7bdc4"),
    (0.2, "#fbfcfd"),
    (0.3, "#d9dde1"),
    (0.5, "#9ba1a8"),
    (0.72, "#d3d7dc"),
    (0.88, "#858b92"),
    "#5c6269",
)


def sufurias(s: Studio) -> None:
    """Three pots with lids, the largest behind."""
    _sufuria(s, 214, 232, 150, 190)
    _sufuria(s, 408, 300, 118, 150)
    _sufuria(s, 262, 390, 98, 110)


def _sufuria(s: Studio, x: float, y: float, half: float, height: float) -> None:
    """``x``, ``y`` is the middle of the rim, ``half`` half of its width."""
    rim, foot, base = half * 0.24, half * 0.95, y + height
    s.shadow(x, base + rim * 0.6, half, 18, 0.5)
    body = (
        f"M{x - half} {y}L{x - foot} {base - 30}Q{x - foot} {base} {x - foot * 0.8:.0f} {base + 8}"
        f"Q{x} {base + rim} {x + foot * 0.8:.0f} {base + 8}Q{x + foot} {base} {x + foot} {base - 30}L{x + half} {y}z"
    )
    s.path(body, fill=s.across(*STEEL))
    s.path(body, fill=s.down((0, "#3d4248", 0.35), (0.2, "#ffffff", 0), (0.8, "#ffffff", 0), (1, "#2b2f35", 0.45)))
    for share in (0.3, 0.34):
        turn = y + height * share
        ring = f"M{x - half * 0.98:.0f} {turn:.0f}Q{x} {turn + rim * 1.9:.0f} {x + half * 0.98:.0f} {turn:.0f}"
        s.stroke(ring, "#767c83", 1.6, opacity=0.7)
    s.oval(x, y, half + 10, rim + 5, fill=s.across("#7d838a", (0.3, "#f6f7f8"), (0.6, "#b3b8be"), "#6b7178"))
    s.oval(x, y - 3, half + 6, rim + 2, fill=s.slant("#ffffff", (0.45, "#c6cbd0"), (0.7, "#e7e9ec"), "#969ca3"))
    dome = f"{x - half * 0.9:.0f} {y - 6}Q{x} {y - rim * 2.7:.0f} {x + half * 0.9:.0f} {y - 6}"
    s.path(
        f"M{dome}Q{x} {y + rim * 1.2:.0f} {x - half * 0.9:.0f} {y - 6}z",
        fill=s.slant("#fdfdfe", (0.4, "#bcc1c7"), (0.6, "#eceef0"), "#868c93"),
    )
    s.oval(x, y - rim * 1.2, half * 0.2, half * 0.06, fill="#6a7077")
    s.oval(x, y - rim * 1.42, half * 0.15, half * 0.11, fill=s.ball("#2a2c31"))


def kettle(s: Studio) -> None:
    """A steel kettle on its base."""
    s.shadow(296, 500, 170, 22)
    s.path(
        "M408 180q104-10 104 84 0 120-74 190l-26-16q58-84 58-170 0-52-56-46z",
        fill=s.across("#111215", (0.35, "#555a62"), (0.6, "#2b2d32"), "#0c0d0f"),
    )
    s.path("M196 170h196l38 276H152z", fill=s.across(*STEEL))
    s.path("M196 170h196l38 276H152z", fill=s.down((0, "#ffffff", 0.2), (0.6, "#ffffff", 0), (1, "#22262b", 0.35)))
    s.path("M196 174l-64-8q-14 0-10 12 18 36 66 60z", fill=s.across("#a3a9b0", (0.4, "#f4f6f8"), "#8b9198"))
    s.path("M190 172q4-42 104-42t106 42z", fill=s.down("#4c5159", (0.4, "#26282d"), "#131417"))
    s.oval(294, 172, 104, 12, fill="#191a1d")
    s.path("M272 132q0-18 22-18t22 18z", fill=s.down("#62676f", "#1c1d20"))
    s.rect(338, 232, 24, 162, 12, fill="#202327", stroke="#d4d8dc", stroke_width=3)
    s.rect(343, 288, 14, 100, 7, fill=s.down("#9bd5f3", "#3d93c6"))
    for index, label in enumerate(("1.7", "1.2", "0.8")):
        s.text(324, 262 + index * 48, label, 11, "#4c5158")
    s.text(238, 330, "MPISHI", 20, "#6a7077", letter_spacing=4, font_weight=600)
    s.path(
        "M140 446h304l10 34q2 16-14 16H146q-16 0-14-16z",
        fill=s.across("#101114", (0.25, "#4d5159"), (0.6, "#2a2c31"), "#0d0e10"),
    )
    s.path("M412 196q36-4 52 10l-6 14q-20-12-46-8z", fill=s.down("#ff9a5c", "#d4571a"))
    s.rect(270, 468, 44, 8, 4, fill="#ff8a4a", opacity=0.85)


def flask(s: Studio) -> None:
    """A tall flask with a cup on top, and the cup's twin poured full beside it."""
    s.shadow(256, 528, 104, 16)
    s.shadow(440, 524, 66, 12)
    s.rect(186, 68, 132, 120, 20, fill=s.across(*STEEL))
    s.oval(252, 80, 62, 13, fill=s.slant("#ffffff", "#aeb4ba"))
    s.rect(180, 184, 144, 26, 8, fill=s.tube("#1c1e22", 0.4))
    s.path("M178 210h148l8 34v264q0 18-18 18H188q-18 0-18-18V244z", fill=s.tube("#8f1d2c", 0.5))
    s.rect(170, 486, 164, 40, 16, fill=s.across(*STEEL))
    s.text(258, 372, "moto moto", 23, "#ffe9e4", font_weight=600, font_style="italic")
    s.stroke("M204 392h108", "#ffe9e4", 1.6, opacity=0.7)
    s.text(258, 412, "24 h", 15, "#ffe9e4", opacity=0.9)
    s.path("M384 428h112l-10 84q-2 12-14 12h-64q-12 0-14-12z", fill=s.across(*STEEL))
    s.stroke("M492 444q34 0 30 28t-38 26", "#9aa0a7", 9)
    s.oval(440, 428, 57, 14, fill=s.slant("#f9fafb", "#8c9299"))
    s.oval(440, 430, 48, 10, fill=s.slant("#b9763f", "#7b431b"))
    for x in (424, 446):
        s.stroke(f"M{x} 408q-14-20 0-38t0-40", "#ffffff", 7, opacity=0.75)


def knife(s: Studio) -> None:
    """A forged knife lying across, edge down."""
    s.shadow(300, 352, 250, 16, 0.4)
    with s.group("rotate(-5 300 300)"):
        s.path(
            "M30 308q70-60 330-70v96q-230 10-330-26z",
            fill=s.down("#8c929a", (0.2, "#eef0f3"), (0.55, "#c3c8ce"), (0.56, "#9fa5ac"), "#e9ecef"),
        )
        s.path("M30 308q110 18 330 12v14q-230 10-330-26z", fill=s.down("#f6f7f9", "#b6bbc2"))
        s.path("M60 296q110-44 290-50v14q-190 8-290 36z", fill="#ffffff", opacity=0.55)
        s.rect(356, 234, 32, 102, 7, fill=s.down("#7b8188", (0.25, "#eef0f3"), (0.6, "#9aa0a7"), "#5a6067"))
        s.path(
            "M386 244h138q34 2 40 34 4 34-28 44-20 6-60 2t-90 4z",
            fill=s.down("#3f2313", (0.15, "#9a6238"), (0.45, "#744524"), "#3a1f10"),
        )
        for y in (262, 282, 302):
            s.stroke(f"M392 {y}q70-8 160 6", "#2f190c", 1.6, opacity=0.5)
        s.stroke("M390 286h176", "#d6dade", 3, opacity=0.8)
        for x in (418, 468, 520):
            s.oval(x, 286, 9, fill=s.slant("#ffffff", (0.5, "#a5abb2"), "#666c73"))
        s.text(310, 284, "MPISHI", 14, "#6f757c", letter_spacing=3)


def frying_pan(s: Studio) -> None:
    """A speckled pan from above and in front."""
    s.shadow(252, 430, 226, 40, 0.36)
    s.path(
        "M418 318l150-94q18-8 24 8 6 14-8 24L444 366z",
        fill=s.linear("#7a4a26", (0.3, "#c98d55"), (0.6, "#9a6234"), "#5b3418", along=(0.3, 0, 0.7, 1)),
    )
    s.path("M404 316l44-26 22 36-44 30z", fill=s.slant("#dfe2e6", "#7b8188"))
    s.path("M38 316q6 110 210 112t216-112z", fill=s.across("#0f1012", (0.2, "#54585f"), (0.45, "#2d2f34"), "#0c0d0f"))
    s.oval(250, 314, 214, 94, fill=s.slant("#80858c", (0.4, "#33363b"), "#5d6168"))
    s.oval(250, 316, 205, 87, fill=s.down("#121315", "#2d2f33"))
    s.oval(250, 330, 170, 60, fill=s.glow("#6a6d74", (0.6, "#43464b"), "#2c2e32", cx=0.36, cy=0.3, r=0.9))
    dots = ((i * 17 % 46, i * 23 % 38, 0.8 + i % 3 * 0.5) for i in range(1, 11))
    grain = "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="#c9ccd1"/>' for x, y, r in dots)
    s.oval(250, 330, 170, 60, fill=s.tiles(46, 38, grain), opacity=0.55)
    s.path("M70 296q50-48 160-58-90 20-130 72z", fill="#ffffff", opacity=0.16)
    s.oval(572, 238, 7, fill="#3a210f")


def blender(s: Studio) -> None:
    """A glass jug of mango juice on its motor, the grinder beside it."""
    s.shadow(252, 524, 130, 18)
    s.shadow(456, 524, 70, 12)
    s.stroke("M330 158q78 0 66 90t-74 90", "#1b1c20", 18)
    s.stroke("M328 156q72 2 62 80", "#6b7078", 4)
    s.path(
        "M162 122h186l-26 242H188z",
        fill=s.across((0, "#b8c7cd", 0.85), (0.15, "#ffffff", 0.7), (0.5, "#e8eff1", 0.55), (1, "#a7b7be", 0.9)),
    )
    s.path("M172 214h166l-16 146H188z", fill=s.across("#d97c06", (0.25, "#ffc444"), (0.6, "#f8a41c"), "#c76a02"))
    s.oval(255, 214, 83, 12, fill="#ffd779")
    for index in range(5):
        s.stroke(f"M{304 - index * 2} {170 + index * 34}h20", "#5f6b70", 2.4)
    s.path("M184 130h22l10 226h-22z", fill="#ffffff", opacity=0.5)
    s.path("M150 96h210q8 0 8 9v18H142v-18q0-9 8-9z", fill=s.tube("#22242a", 0.4))
    s.rect(220, 72, 70, 28, 9, fill=s.tube("#30333a", 0.4))
    s.path("M186 360h138l8 26H178z", fill=s.tube("#2a2d33", 0.4))
    s.path("M172 384h166l32 124q2 16-14 16H154q-16 0-14-16z", fill=s.tube("#e9e8e4", 0.8))
    s.oval(255, 462, 34, fill=s.slant("#5a5f68", (0.5, "#26282e"), "#3f434a"))
    s.oval(255, 462, 25, fill=s.slant("#f4f5f6", "#989ea5"))
    s.stroke("M255 462v-18", "#2b2d32", 5)
    s.text(198, 504, "0", 14, "#84817a")
    s.text(312, 504, "P", 14, "#84817a")
    s.path(
        "M412 400q0-44 44-44t44 44v62h-88z",
        fill=s.across((0, "#b8c7cd", 0.9), (0.2, "#ffffff", 0.7), (1, "#a7b7be", 0.9)),
    )
    s.path("M412 432h88v32h-88z", fill=s.across("#3b2013", (0.3, "#6f4427"), "#2c170c"))
    s.rect(402, 460, 108, 62, 12, fill=s.tube("#22242a", 0.4))


def jiko(s: Studio) -> None:
    """A clay-lined stove with glowing coals."""
    s.shadow(300, 512, 190, 22)
    for x in (176, 424):
        s.path(f"M{x - 12} 452h24l6 58h-36z", fill=s.tube("#26282d", 0.4))
    s.path(
        "M120 226h360L400 366l34 96H166l34-96z",
        fill=s.across("#3c4a2f", (0.2, "#9db277"), (0.4, "#7c9457"), (0.8, "#526639"), "#374528"),
    )
    s.path("M120 226h360L400 366H200z", fill=s.down((0, "#ffffff", 0.12), (1, "#10160a", 0.3)))
    s.stroke("M200 366h200", "#2f3b22", 6)
    s.rect(244, 390, 112, 54, 6, fill="#121410")
    s.rect(252, 398, 96, 40, 4, fill=s.down("#3a1508", (0.6, "#b2480f"), "#ff9b3a"))
    s.rect(236, 384, 60, 66, 6, fill=s.across("#8aa064", "#5d7342"), stroke="#33402a", stroke_width=2)
    s.oval(252, 418, 6, fill="#23271d")
    for side in (-1, 1):
        s.stroke(f"M{300 + side * 168} 262q{side * 62} 6 {side * 48} 52t{-side * 74} 18", "#2a2c31", 10)
    s.oval(300, 226, 182, 46, fill=s.across("#56663d", (0.3, "#b9cb95"), "#46552f"))
    s.oval(300, 222, 170, 40, fill=s.slant("#d48c5c", (0.5, "#b76a3a"), "#8a4a24"))
    s.oval(300, 228, 124, 27, fill="#2a120a")
    coals = (
        (220, 226, 27),
        (258, 214, 25),
        (300, 230, 31),
        (342, 214, 26),
        (382, 227, 25),
        (276, 240, 24),
        (334, 240, 25),
    )
    for x, y, size in coals:
        s.oval(
            x,
            y,
            size,
            size * 0.5,
            fill=s.glow("#ffe29a", (0.3, "#ff9a2e"), (0.65, "#c63d0b"), "#2c1410", cx=0.45, cy=0.6),
        )
    s.oval(300, 190, 130, 66, fill=s.glow((0, "#ff9b3a", 0.32), (1, "#ff9b3a", 0)))
    for x in (180, 300, 420):
        s.path(f"M{x - 14} {212 if x != 300 else 194}l4-30h20l4 30z", fill=s.tube("#2c2e33", 0.4))


def cutting_board(s: Studio) -> None:
    """A wooden board leaning back, with a tomato and a knife's work in front."""
    s.shadow(306, 512, 190, 18)
    wood = s.slant("#c88a4e", (0.4, "#a9672f"), "#86491c")
    with s.group("rotate(6 300 300)"):
        s.rect(142, 76, 330, 428, 38, fill="#6d3a14")
        s.rect(134, 70, 330, 428, 38, fill=wood)
        outline = "M172 70h254q38 0 38 38v352q0 38-38 38H172q-38 0-38-38V108q0-38 38-38z"
        with s.clip(outline):
            for index in range(13):
                x, bend = 140 + index * 27, (index * 37) % 34 - 17
                s.stroke(f"M{x} 60q{bend} 120 0 230t{bend} 220", "#6b3914", 2 + index % 3, opacity=0.34)
            s.path("M134 70h120v430H134z", fill="#e7b277", opacity=0.22)
            s.path("M372 70h46v430h-46z", fill="#5e3010", opacity=0.14)
        s.rect(160, 150, 278, 322, 22, fill="none", stroke="#6d3a14", stroke_width=9, opacity=0.75)
        s.rect(162, 153, 278, 322, 22, fill="none", stroke="#dba46b", stroke_width=2.5, opacity=0.8)
        s.rect(264, 94, 70, 26, 13, fill="#efede8", stroke="#6d3a14", stroke_width=4)
        s.text(300, 446, "MTI", 18, "#5d3010", letter_spacing=6, opacity=0.8)
    s.shadow(444, 520, 60, 12)
    _tomato(s, 444, 466, 54)
    _tomato(s, 152, 486, 36)


def _tomato(s: Studio, x: float, y: float, size: float) -> None:
    s.oval(x, y, size, size * 0.9, fill=s.ball("#d8321f"))
    s.oval(x - size * 0.36, y - size * 0.42, size * 0.2, size * 0.12, fill="#ffffff", opacity=0.7)
    with s.group(f"translate({x} {y - size * 0.82:.0f}) scale({size / 54:.2f})"):
        for turn in range(0, 360, 72):
            s.path("M0 0q16-3 25 6-16 5-25-6z", fill="#3f7a2b", transform=f"rotate({turn})")
        s.stroke("M0 0q2-10 8-14", "#3f7a2b", 4)


def water_bottle(s: Studio) -> None:
    """A powder-coated bottle with a loop on its lid."""
    colour = "#1f7f8c"
    s.shadow(300, 534, 92, 15)
    s.stroke("M252 98q0-52 48-52t48 52", "#25272c", 17)
    s.stroke("M249 94q2-46 50-48", "#777c85", 4)
    s.rect(240, 92, 120, 64, 16, fill=s.tube("#2a2c32", 0.42))
    for x in range(250, 356, 10):
        s.rect(x, 104, 3, 44, 1.5, fill="#0a0b0d", opacity=0.5)
    s.rect(250, 154, 100, 18, 4, fill=s.across(*STEEL))
    s.path("M250 170h100q46 30 46 92v244q0 26-26 26H230q-26 0-26-26V262q0-62 46-92z", fill=s.tube(colour, 0.5))
    s.path("M204 494h192v14q0 26-26 26H230q-26 0-26-26z", fill=s.across(*STEEL))
    s.path("M226 238q6-34 26-50l8 0q-22 30-22 80v214h-14V262z", fill="#ffffff", opacity=0.28)
    s.text(0, 0, "maji", 50, tint(colour, 0.85), font_weight=700, transform="translate(314 392) rotate(-90)")
    s.stroke("M336 300v110", shade(tint(colour, 0.7), 0.05), 2.4, opacity=0.6)

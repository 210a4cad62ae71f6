"""Pictures for the shelf of computing and audio."""

from __future__ import annotations

from sokopesa.demo.catalogue.pictures.studio import Studio, shade, tint


def laptop(s: Studio) -> None:
    """An open laptop seen from the front and above."""
    s.shadow(300, 486, 258, 18)
    s.path("M112 116q0-16 16-16h344q16 0 16 16v288H112z", fill=s.down("#aab0b8", "#7d838b"))
    s.path("M116 118q0-14 14-14h340q14 0 14 14v284H116z", fill="#0b0c0f")
    s.rect(126, 116, 348, 262, 3, fill=s.slant("#0f4c5c", (0.4, "#1d7874"), (0.7, "#e9b872"), "#d8572a"))
    s.path("M126 320q70-90 140-40t120-60q50-20 88 20v138H126z", fill="#0a3d47", opacity=0.75)
    s.path("M126 350q90-50 180-16t168-34v78H126z", fill="#062a33", opacity=0.85)
    s.rect(126, 360, 348, 18, fill="#0a0f14", opacity=0.7)
    for index, colour in enumerate(("#4aa3ff", "#f5b942", "#48c774", "#ef5b5b", "#b388ff")):
        s.rect(258 + index * 18, 363, 12, 12, 3, fill=colour)
    s.rect(160, 144, 150, 96, 5, fill="#f8fafc", opacity=0.94)
    s.rect(160, 144, 150, 13, 4, fill="#d5dbe2")
    for row, width in enumerate((118, 96, 122, 70)):
        s.rect(172, 170 + row * 16, width, 6, 3, fill="#9aa7b5")
    s.path("M126 116h190L170 378h-44z", fill="#ffffff", opacity=0.07)
    s.oval(300, 110, 2.5, fill="#31363d")
    s.path("M112 402h376l52 66H60z", fill=s.down("#8f959d", (0.15, "#c3c8ce"), "#e3e6e9"))
    s.path("M128 408h344l26 34H102z", fill="#24272c")
    for row in range(4):
        y, inset = 410 + row * 8, row * 6.2
        for key in range(13):
            step = (340 + 2 * inset) / 13
            s.rect(131 - inset + key * step, y, step - 3, 6, 1.5, fill="#3c4149")
    s.path("M246 446h108l8 18H238z", fill=s.down("#b3b9c0", "#cdd1d6"), stroke="#a3a9b0", stroke_width=1)
    s.path("M60 468h480v7q0 9-14 9H74q-14 0-14-9z", fill=s.down("#f0f2f4", (0.4, "#b4bac1"), "#7c828a"))
    s.path("M262 468h76q-2 7-12 7h-52q-10 0-12-7z", fill="#949aa2")


def headphones(s: Studio) -> None:
    """Over-ear headphones, turned a little."""
    s.shadow(300, 508, 170, 18)
    s.stroke("M152 360C134 70 466 70 448 360", "#17181b", 30)
    s.stroke("M158 350C144 84 456 84 442 350", s.across("#55585f", (0.3, "#8a8e96"), "#3a3c42"), 7)
    s.stroke("M205 172C250 104 350 104 395 172", s.down("#4a4c52", "#1e1f23"), 36)
    s.stroke("M207 164C252 98 348 98 393 164", "#7c8088", 4, opacity=0.7)
    for side in (1, -1):
        with s.group(f"translate(300 0) scale({side} 1)"):
            s.rect(-162, 262, 22, 90, 9, fill=s.across("#70757d", (0.4, "#dfe3e8"), "#6a6f77"))
            s.path(
                "M-112 322q34 8 34 92t-36 94q-22 2-26-20V342q4-22 28-20z",
                fill=s.across("#3a2c24", (0.4, "#7a5b48"), "#2b211c"),
            )
            s.stroke("M-104 334q18 26 18 80t-20 84", "#a9846b", 3, opacity=0.6)
            s.path(
                "M-120 316q-66-6-72 96t60 100q24 0 28-30V346q-2-26-16-30z",
                fill=s.across("#141518", (0.3, "#54575f"), (0.5, "#303239"), "#1b1c20"),
            )
            s.oval(
                -156, 414, 27, 66, fill=s.slant("#6c7079", (0.5, "#2c2e34"), "#46494f"), transform="rotate(3 -156 414)"
            )
            s.oval(-156, 414, 23, 61, fill=s.slant("#393c43", "#1f2025"), transform="rotate(3 -156 414)")
    s.text(0, 0, "SAUTI", 13, "#aeb3bb", transform="translate(144 418) rotate(-87)", letter_spacing=3)


def speaker(s: Studio) -> None:
    """A barrel of woven cloth lying across the picture."""
    s.shadow(304, 430, 226, 26)
    cloth = s.tiles(
        7,
        7,
        '<circle cx="1.7" cy="1.7" r="1.5" fill="#062b36"/><circle cx="5.2" cy="5.2" r="1.5" fill="#062b36"/>',
    )
    s.rect(90, 200, 400, 226, 100, fill=s.pipe("#15788f", 0.3))
    s.rect(90, 200, 400, 226, 100, fill=cloth, opacity=0.62)
    s.rect(132, 212, 300, 26, 13, fill="#ffffff", opacity=0.13)
    s.oval(468, 313, 62, 113, fill=s.across("#0c3b47", "#0a2a33"))
    s.oval(474, 313, 54, 102, fill=s.slant("#46525a", (0.5, "#171d21"), "#323b41"))
    s.oval(477, 313, 42, 83, fill=s.glow("#39434a", (0.6, "#14191d"), "#0c0f12"))
    s.oval(479, 313, 24, 50, fill=s.glow("#67737b", (0.7, "#20272c"), "#11161a", cx=0.4, cy=0.35))
    for name, d in (("play", "M206 214l14 8-14 8z"), ("plus", "M252 222h16M260 214v16"), ("minus", "M302 222h16")):
        s.stroke(d, "#e9f4f6", 3.4, fill="#e9f4f6" if name == "play" else "none", opacity=0.85)
    s.rect(176, 276, 150, 58, 8, fill="#0c1c21", opacity=0.55)
    s.text(251, 317, "SAUTI", 34, "#eef6f8", font_weight=700, letter_spacing=6)
    s.stroke("M120 236q-70-10-66 70t58 86", "#0f1417", 14)
    s.stroke("M118 234q-70-10-66 70", "#454f55", 4)


def mouse(s: Studio) -> None:
    """A mouse from above, at an angle."""
    s.shadow(318, 446, 150, 40)
    with s.group("rotate(-28 300 300)"):
        s.path(
            "M300 110c86 0 112 70 114 172 2 132-40 196-114 196s-116-64-114-196c2-102 28-172 114-172z",
            fill=s.across("#17191d", (0.14, "#555a63"), (0.32, "#3a3e46"), (0.7, "#24272d"), "#0f1114"),
        )
        s.path(
            "M300 116c80 0 104 68 107 160-60 22-154 22-214 0 3-92 27-160 107-160z",
            fill=s.down("#5e646e", (0.5, "#33373f"), "#262a30"),
        )
        s.stroke("M193 278q107 40 214 0", "#0b0c0f", 3)
        s.stroke("M300 114v86M300 252v42", "#0b0c0f", 3)
        s.rect(284, 150, 32, 104, 16, fill="#0a0b0d")
        s.rect(290, 166, 20, 70, 10, fill=s.down("#1c1f24", (0.3, "#8d949e"), (0.6, "#3c4149"), "#15171a"))
        for y in range(176, 232, 8):
            s.stroke(f"M292 {y}h16", "#0a0b0d", 2)
        s.oval(300, 276, 4, fill="#58d68d")
        s.path("M212 236c4-60 26-102 66-110-26 28-40 66-44 118z", fill="#ffffff", opacity=0.16)
        s.path("M206 320c2 76 30 124 66 140-60-2-76-70-66-140z", fill="#ffffff", opacity=0.08)
        s.text(300, 430, "kilele", 20, "#8a919b", letter_spacing=1)


def keyboard(s: Studio) -> None:
    """A compact keyboard with coloured keys, seen from the front and above."""
    s.shadow(300, 424, 270, 22)
    s.path("M74 196h452l32 188H42z", fill=s.down("#3c4048", "#23262b"))
    s.path("M42 384h516v14q0 16-16 16H58q-16 0-16-16z", fill=s.down("#575c65", (0.3, "#2b2e34"), "#131519"))
    keys: dict[str, list[str]] = {"#d9d7d0": [], "#7b8794": [], "#e07a3f": []}
    for row, count in enumerate((14, 14, 13, 12, 10)):
        inset = 82 - row * 5.9
        width = (600 - 2 * inset) / count
        for key in range(count):
            accent = (row, key) in {(0, 0), (2, count - 1), (4, 4), (4, 5)}
            colour = "#e07a3f" if accent else "#d9d7d0" if 0 < key < count - 1 else "#7b8794"
            keys[colour].append(
                f"M{inset + key * width + 4:.0f} {209 + row * 34.5:.0f}h{width - 8:.0f}v24h-{width - 8:.0f}z"
            )
    for colour, outlines in keys.items():
        d = "".join(outlines)
        s.stroke(d, shade(colour, 0.5), 7, fill=shade(colour, 0.5), transform="translate(0 3)")
        s.stroke(d, shade(colour, 0.15), 6, fill=shade(colour, 0.15))
        s.path(d.replace("v24", "v18"), fill=tint(colour, 0.25))
    s.path("M74 196h200L180 384H42z", fill="#ffffff", opacity=0.05)


def flash_drive(s: Studio) -> None:
    """A metal stick with a ring, lying at an angle."""
    with s.group("rotate(-24 300 300)"):
        s.shadow(286, 352, 216, 20)
        s.rect(410, 262, 112, 76, 5, fill=s.down("#9da3aa", (0.2, "#f5f7f9"), (0.55, "#c3c8ce"), "#7a8087"))
        s.rect(424, 276, 92, 20, 2, fill="#3d4249")
        s.rect(424, 304, 92, 20, 2, fill=s.down("#f2f4f6", "#a3a9b0"))
        s.rect(444, 278, 16, 14, 2, fill="#d6ac52")
        s.rect(478, 278, 16, 14, 2, fill="#d6ac52")
        s.path(
            "M128 246h270q16 0 16 16v76q0 16-16 16H128q-54-2-54-54t54-54zm0 32a22 22 0 1 0 .1 0z",
            fill=s.down("#878d95", (0.12, "#eef1f4"), (0.3, "#c8cdd3"), (0.7, "#a2a8af"), "#6d737a"),
            fill_rule="evenodd",
        )
        s.path("M130 252h262q12 0 14 12H96q10-12 34-12z", fill="#ffffff", opacity=0.6)
        s.text(270, 306, "KILELE", 28, "#5f656d", letter_spacing=6, font_weight=600)
        s.text(270, 334, "64 GB  USB 3.2", 16, "#747a82")
    s.oval(104, 412, 52, 48, fill="none", stroke=s.slant("#f4f6f8", (0.5, "#8d939b"), "#d8dce1"), stroke_width=9)


def router(s: Studio) -> None:
    """A white router with two raised antennas."""
    s.shadow(300, 470, 226, 24)
    for x, tilt in ((142, -8), (458, 8)):
        with s.group(f"rotate({tilt} {x} 400)"):
            s.rect(x - 14, 112, 28, 260, 14, fill=s.tube("#f2f1ee", 0.7))
            s.rect(x - 12, 352, 24, 48, 8, fill=s.tube("#d9d7d2", 0.5))
    s.path("M120 352q8-16 26-16h308q18 0 26 16l34 66H86z", fill=s.down("#fdfdfc", "#e2e0db"))
    s.path("M226 348h148l14 48H212z", fill=s.down("#ecebe7", "#dad8d2"))
    for index in range(6):
        s.stroke(f"M{236 - index * 2.2} {354 + index * 7.4}h{128 + index * 4.4}", "#bab7b0", 2.6)
    s.path("M86 418h428l6 26q2 20-20 20H100q-22 0-20-20z", fill=s.down("#f7f6f4", (0.35, "#d8d6d0"), "#a9a69f"))
    s.path("M86 418h428l1 5H85z", fill="#ffffff")
    for index, colour in enumerate(("#43c46f", "#43c46f", "#43c46f", "#3aa0f2", "#b9b6af")):
        s.oval(236 + index * 32, 442, 5, fill=colour)
        s.oval(236 + index * 32, 442, 9, fill=colour, opacity=0.2)
    s.text(140, 448, "njia 4G", 18, "#8d8a83", font_weight=600)


def radio(s: Studio) -> None:
    """A red portable radio with a handle, grille and dial."""
    s.shadow(300, 486, 214, 22)
    s.stroke("M470 190L536 64", "#8f959d", 7)
    s.stroke("M469 188L535 62", "#f0f2f4", 2.5)
    s.oval(537, 61, 6, fill="#c8cdd3")
    s.stroke("M146 200q0-76 56-76h196q56 0 56 76", "#1d1e22", 20)
    s.stroke("M144 190q4-70 58-70h190", "#60646c", 4)
    s.rect(84, 184, 432, 296, 30, fill=s.down("#f0694f", (0.06, "#d83a28"), (0.85, "#b32719"), "#7d170d"))
    s.rect(92, 190, 416, 284, 25, fill=s.slant("#e5503c", (0.5, "#c22f20"), "#9c2014"))
    holes = s.tiles(12, 12, '<circle cx="6" cy="6" r="3.6" fill="#0a0a0c"/>')
    s.rect(112, 212, 196, 240, 18, fill=s.slant("#2d2f34", "#16171a"))
    s.oval(210, 332, 92, fill=s.glow("#5b5f67", (0.7, "#2a2c31"), "#3a3d43"))
    s.oval(210, 332, 84, fill="#24262a")
    s.oval(210, 332, 84, fill=holes)
    s.oval(210, 332, 84, fill=s.glow((0, "#ffffff", 0.22), (1, "#ffffff", 0), cx=0.3, cy=0.25))
    s.rect(326, 212, 164, 86, 12, fill="#111214")
    s.rect(333, 219, 150, 72, 8, fill=s.down("#fff6dd", "#f0d9a0"))
    for index in range(13):
        s.stroke(f"M{344 + index * 10.7} 262v{-14 if index % 3 == 0 else -8}", "#4b3c1e", 1.8)
    s.text(408, 238, "88   92   96   100  104  108", 10.5, "#4b3c1e")
    s.text(352, 283, "FM  MHz", 10, "#4b3c1e")
    s.stroke("M422 224v62", "#d62c1c", 3)
    for x, size in ((366, 38), (450, 38)):
        s.oval(x + 2, 368, size + 2, fill="#5e1109", opacity=0.6)
        s.oval(x, 364, size, fill=s.slant("#f5f6f8", (0.5, "#9aa0a8"), "#5d636b"))
        s.oval(x, 364, size - 8, fill=s.slant("#868c95", "#e6e9ec"))
        s.stroke(f"M{x} 352v-16", "#33373d", 4)
    for index in range(4):
        s.rect(330 + index * 40, 424, 32, 22, 6, fill=s.down("#44474e", "#17181b"))
    s.path("M92 215q0-25 25-25h374q14 0 14 8-220 6-413 60z", fill="#ffffff", opacity=0.16)

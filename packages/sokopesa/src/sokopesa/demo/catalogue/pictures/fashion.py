"""Pictures for the shelf of fashion and bags."""

from __future__ import annotations

from math import cos, pi, sin

from sokopesa.demo.catalogue.pictures.studio import Studio, shade, tint


def backpack(s: Studio) -> None:
    """A grey backpack from the front."""
    s.shadow(300, 526, 176, 20)
    s.stroke("M262 92q0-46 38-46t38 46", "#22262c", 13)
    for side in (1, -1):
        with s.group(f"translate(300 0) scale({side} 1)"):
            s.path(
                "M-128 220q-58 10-58 110v110q0 26 30 30l32 2z", fill=s.across("#2b3138", (0.5, "#4d5661"), "#23282e")
            )
    bag = "M300 78c104 0 150 66 152 170l6 226q2 52-52 52H194q-54 0-52-52l6-226C150 144 196 78 300 78z"
    s.path(bag, fill=s.across("#39424c", (0.18, "#7d8a97"), (0.42, "#66727e"), (0.8, "#47525d"), "#2c343c"))
    s.path(bag, fill=s.tiles(5, 5, '<path d="M0 5L5 0" stroke="#fff" stroke-width=".7" opacity=".14"/>'))
    s.path(bag, fill=s.down((0, "#ffffff", 0.16), (0.4, "#ffffff", 0), (1, "#0c0a10", 0.4)))
    s.stroke("M172 300C160 150 222 108 300 108S440 150 428 300", "#1a1d21", 7)
    s.stroke("M172 300C160 150 222 108 300 108S440 150 428 300", "#8d98a3", 1.6, stroke_dasharray="4 4")
    s.path(
        "M182 300h236q10 0 10 12l8 154q0 34-34 34H198q-34 0-34-34l8-154q0-12 10-12z",
        fill=s.across("#323a43", (0.2, "#6b7783"), (0.5, "#55606b"), "#2d353d"),
        stroke="#252b31",
        stroke_width=2.5,
    )
    s.stroke("M178 336q122 16 244 0", "#1a1d21", 7)
    s.stroke("M178 336q122 16 244 0", "#9aa5b0", 1.6, stroke_dasharray="4 4")
    s.rect(398, 332, 8, 34, 4, fill=s.across("#e09a4f", "#a9651f"))
    s.rect(424, 286, 8, 34, 4, fill=s.across("#e09a4f", "#a9651f"))
    s.rect(
        252,
        196,
        96,
        44,
        6,
        fill=s.slant("#b9783f", "#7d4a1e"),
        stroke="#e0b27e",
        stroke_width=1.6,
        stroke_dasharray="4 3",
    )
    s.text(300, 225, "SAFIRI", 19, "#fbe9d2", letter_spacing=3, font_weight=600)
    s.path("M190 118q40-34 92-36-70 40-84 150l-26 30q-12-90 18-144z", fill="#ffffff", opacity=0.13)
    for x in (222, 378):
        s.rect(x - 9, 400, 18, 100, 3, fill="#252b31")
        s.rect(x - 15, 430, 30, 24, 5, fill=s.down("#3d454e", "#14171a"))


def running_shoes(s: Studio) -> None:
    """A pair of running shoes, one behind the other."""
    with s.group("translate(66 -74) scale(.9)"):
        _shoe(s)
    with s.group("translate(-10 40)"):
        _shoe(s)


def _shoe(s: Studio) -> None:
    s.shadow(300, 410, 240, 20)
    sole = "M58 340q-10 46 18 58 28 12 212 10 196 2 240-10 36-10 28-46-4-18-30-18L80 326q-18 0-22 14z"
    s.path(sole, fill=s.down("#ffffff", (0.55, "#f1efea"), "#bab6ad"))
    s.path("M64 384q16 16 226 16 200 2 256-16-4 14-22 18-44 10-236 8-184 2-212-10-10-6-12-16z", fill="#e5562b")
    upper = (
        "M66 346q-8-60 8-118 4-20 26-14 24 8 50-2 30-12 42-36 8-14 22-4 76 54 118 82 30 18 100 24 84 8"
        " 108 42 10 16 6 28"
        "-90-12-192-8-160 12-288 6z"
    )
    s.path(upper, fill=s.slant("#4b9fd4", (0.4, "#2275b0"), (0.75, "#175a91"), "#0e3c66"))
    holes = s.tiles(7, 6, '<ellipse cx="3.5" cy="3" rx="2.1" ry="1.5" fill="#0a2f4c" opacity=".48"/>')
    s.path(upper, fill=holes)
    s.path(
        "M66 346q-8-60 8-118 4-20 26-14l16 3q-14 62 6 132-34 2-56-3z",
        fill=s.across("#0d2c4a", (0.5, "#24629a"), "#123f68"),
    )
    s.path("M546 348q4-34-56-56-26-8-60-12 34 30 30 62 46 0 86 6z", fill=s.down("#2f80b8", "#0f4876"))
    s.stroke("M430 280q34 30 30 62", "#8fc7ea", 2, stroke_dasharray="5 4")
    s.path("M98 216q30 10 54-2 28-10 38-34 6 44-46 64-36 6-46-28z", fill=s.down("#16181c", "#343940"))
    s.path("M192 178q10-16 24-4l108 74q12 8 4 16-14 12-34 4-60-30-108-74z", fill=s.slant("#2f80b8", "#123f68"))
    for x, y in ((206, 190), (234, 210), (262, 230), (290, 250)):
        s.stroke(f"M{x - 18} {y + 24}q18-4 42-30", "#0b3152", 9, opacity=0.5, transform="translate(2 3)")
        s.stroke(f"M{x - 18} {y + 24}q18-4 42-30", "#f6f7f8", 7)
    s.stroke("M212 176q-34-14-46 8 10 16 40 0M214 176q-2-34 24-34 8 16-20 34", "#f6f7f8", 5)
    s.path("M152 344q16-72 92-82-36 40-36 80-30 4-56 2zm84-4q8-50 66-58-24 26-24 54z", fill="#ff6f3c", opacity=0.95)
    s.path("M80 250q-4 46 2 84", stroke="#8fc7ea", stroke_width=3)
    s.stroke("M68 348q124 12 290-4 90-4 190 4", "#0b3152", 3, opacity=0.5)


def wrist_watch(s: Studio) -> None:
    """A round watch with a leather strap."""
    s.shadow(304, 540, 84, 12)
    leather = s.across("#3b1c0c", (0.1, "#7e4722"), (0.3, "#a8683a"), (0.7, "#7a4320"), "#351808")
    for d in ("M234 190l14-128q2-14 16-14h72q14 0 16 14l14 128z", "M234 410l16 120q2 14 16 14h68q14 0 16-14l16-120z"):
        s.path(d, fill=leather)
    for d in ("M246 186l13-124M354 186l-13-124", "M246 416l15 112M354 416l-15 112"):
        s.stroke(d, "#e8c08f", 2.4, stroke_dasharray="7 5")
    for y in (470, 494, 518):
        s.oval(300, y, 4.5, 6, fill="#2a1206")
    s.rect(436, 286, 26, 28, 5, fill=s.down("#777d84", (0.3, "#f3f5f7"), (0.6, "#a9aeb5"), "#5f656c"))
    for x, y in ((216, 186), (352, 186), (216, 380), (352, 380)):
        s.rect(x, y, 32, 36, 8, fill=s.slant("#f0f2f4", "#757b83"))
    s.oval(300, 300, 144, fill=s.slant("#ffffff", (0.3, "#b9bfc6"), (0.55, "#eceff2"), (0.75, "#868c94"), "#c9ced4"))
    s.oval(300, 300, 128, fill=s.slant("#6d737b", "#f2f4f6"))
    s.oval(300, 300, 122, fill=s.glow("#24476f", (0.6, "#16304f"), "#0b1b30", cx=0.4, cy=0.34, r=0.75))
    hours = ((sin(hour * pi / 6), -cos(hour * pi / 6)) for hour in range(12) if hour != 3)
    marks = (f"M{300 + x * 110:.0f} {300 + y * 110:.0f}L{300 + x * 88:.0f} {300 + y * 88:.0f}" for x, y in hours)
    s.stroke("".join(marks), "#eef1f4", 6)
    s.oval(300, 300, 115, fill="none", stroke="#c3ccd6", stroke_width=5, stroke_dasharray="1.5 10.54")
    s.rect(376, 286, 32, 26, 3, fill="#f6f7f8")
    s.text(392, 306, "7", 19, "#14202e", font_weight=600)
    s.text(300, 252, "SAA NJEMA", 11, "#cfd8e2", letter_spacing=2)
    s.text(300, 368, "3 ATM", 9, "#9fb0c3")
    s.stroke("M308 306L236 258", "#f4f6f8", 8)
    s.stroke("M294 308L362 214", "#f4f6f8", 5.5)
    s.stroke("M300 328V200", "#e3572f", 2)
    s.oval(300, 300, 7, fill=s.slant("#ffffff", "#888e96"))
    s.path("M188 268q20-82 108-92-30 60-104 130z", fill="#ffffff", opacity=0.13)


def sunglasses(s: Studio) -> None:
    """Sunglasses, temples folded out behind."""
    s.shadow(300, 404, 224, 18, 0.36)
    for side in (1, -1):
        with s.group(f"translate(300 0) scale({side} 1)"):
            s.stroke("M-226 240q-10-44 22-66t66-14", "#1d1511", 13)
            s.stroke("M-226 236q-6-42 24-62t58-14", "#7a5233", 3)
    for side in (1, -1):
        with s.group(f"translate(300 0) scale({side} 1)"):
            frame = "M-36 236q-30-34-130-26-60 6-70 30 0 70 18 112 18 40 76 40t88-44q22-44 18-112z"
            lens = "M-48 248q-30-26-116-18-48 4-56 22 0 60 16 96 14 32 62 32t74-38q20-38 20-94z"
            s.path(frame, fill=s.slant("#8b5a34", (0.3, "#54301a"), (0.6, "#2b170c"), "#6d4224"))
            s.path(lens, fill=s.down("#1b2a26", (0.5, "#3a5a4c"), "#8a9c6d"))
            s.path("M-206 262q40-28 90-24l-66 120q-30-30-24-96z", fill="#ffffff", opacity=0.2)
            s.path("M-96 240l26 0-70 134-16-6z", fill="#ffffff", opacity=0.13)
            s.oval(-222, 252, 6, 4, fill="#d9b06a")
    s.path("M262 238q38-22 76 0l-6 20q-32-16-64 0z", fill=s.down("#8b5a34", "#2b170c"))
    s.stroke("M270 270q-8 20-2 36M330 270q8 20 2 36", "#c9a283", 6, opacity=0.7)


def t_shirt(s: Studio, colour: str = "#c9522b") -> None:
    """A folded-out T-shirt hanging flat."""
    shirt = (
        "M214 84l-78 34Q96 136 82 176l-36 92 92 38 22-52v262q0 12 14 12h252q14 0 14-12V254l22 52 92-38-36-92"
        "q-14-40-54-58l-78-34q-86 48-172 0z"
    )
    for shift in (5, 11, 17):
        s.path(shirt, fill="#3a3428", opacity=0.07, transform=f"translate({shift} {shift})")
    s.path(
        shirt,
        fill=s.across(
            shade(colour, 0.25),
            (0.25, tint(colour, 0.2)),
            (0.5, colour),
            (0.75, shade(colour, 0.12)),
            shade(colour, 0.35),
        ),
    )
    s.path(shirt, fill=s.tiles(4, 4, '<path d="M0 0v4M2 0v4" stroke="#000" stroke-width=".5" opacity=".08"/>'))
    folds = (
        "M160 254q20 90 6 200",
        "M440 254q-22 80-4 220",
        "M232 300q22 90-8 210",
        "M358 250q-30 120 14 260",
        "M214 130q-40 60-56 124",
        "M386 130q40 60 56 124",
        "M110 170q20 50 30 126",
        "M490 170q-20 50-30 126",
    )
    for index, d in enumerate(folds):
        s.stroke(d, shade(colour, 0.6), 14 - index % 3 * 4, opacity=0.13)
        s.stroke(d, tint(colour, 0.6), 5, opacity=0.16, transform="translate(-9 0)")
    s.path("M214 84q86 48 172 0 6 54-86 62-92-8-86-62z", fill=shade(colour, 0.62))
    s.path("M232 98q68 30 136 0-8 30-68 32-60-2-68-32z", fill=shade(colour, 0.45))
    s.rect(284, 112, 32, 18, 3, fill="#f4efe6")
    s.stroke("M214 86q-2 58 86 62 88-4 86-62", shade(colour, 0.2), 13)
    s.stroke("M214 86q-2 58 86 62 88-4 86-62", tint(colour, 0.25), 2, stroke_dasharray="4 3")
    s.stroke("M56 262l88 36M544 262l-88 36M162 506h276", tint(colour, 0.3), 1.8, stroke_dasharray="5 4")
    s.stroke("M162 514h276", shade(colour, 0.5), 2, opacity=0.5)


def wallet(s: Studio) -> None:
    """A half-open leather wallet with cards and notes."""
    s.shadow(306, 466, 220, 24)
    s.rect(134, 132, 330, 120, 4, fill=s.down("#b9d0a8", "#8aa877"), transform="rotate(-4 300 190)")
    s.rect(142, 146, 330, 110, 4, fill=s.down("#e8cfa5", "#c39f68"), transform="rotate(-2 300 200)")
    s.oval(206, 190, 24, 30, fill="#a8834f", opacity=0.5)
    leather = s.slant("#a9683a", (0.35, "#7d4522"), (0.7, "#5d3015"), "#472210")
    s.path("M92 190q0-22 22-22h372q22 0 22 22v242q0 24-24 24H116q-24 0-24-24z", fill="#371a0b")
    s.path("M100 198q0-20 20-20h362q20 0 20 20v226q0 22-22 22H122q-22 0-22-22z", fill=leather)
    for index, colour in enumerate(("#2f6f9f", "#d0b15c", "#3d8c5f")):
        y = 214 + index * 44
        s.rect(324, y, 156, 60, 8, fill=s.slant(tint(colour, 0.35), colour))
        s.rect(338, y + 10, 22, 15, 3, fill="#e9d08a")
        s.path(f"M312 {y + 32}h180v68h-180z", fill=s.down("#8d522b", "#64361a"))
        s.stroke(f"M316 {y + 36}h172", "#e3bb8b", 1.8, stroke_dasharray="5 4")
    s.path("M312 378h180v60h-180z", fill=s.down("#7d4522", "#57290f"))
    s.path("M100 198q0-20 20-20h172v268H122q-22 0-22-22z", fill=s.slant("#b87545", (0.4, "#8a4f28"), "#56290f"))
    s.path(
        "M110 204q0-16 14-16h158v248H126q-16 0-16-16z",
        fill="none",
        stroke="#e3bb8b",
        stroke_width=2,
        stroke_dasharray="6 5",
    )
    s.path("M292 178h14q10 130 0 268h-14z", fill="#2b1207", opacity=0.55)
    grain = s.tiles(
        14,
        12,
        '<path d="M1 3q3-2 5 0M8 9q3-2 5 0M9 2q1 3-1 4" stroke="#2b1207" stroke-width=".9" fill="none" opacity=".5"/>',
    )
    s.path("M100 198q0-20 20-20h172v268H122q-22 0-22-22z", fill=grain)
    s.text(196, 396, "NGOZI", 18, "#45200c", letter_spacing=4, font_weight=700)
    s.text(196, 397.5, "NGOZI", 18, "#d39a6a", letter_spacing=4, font_weight=700, opacity=0.4)
    s.path("M104 200q0-18 18-18h80L112 330h-8z", fill="#ffffff", opacity=0.1)


def umbrella(s: Studio) -> None:
    """An open umbrella standing on its edge and hook."""
    s.shadow(320, 512, 180, 18)
    s.stroke("M300 116V470q0 42 36 42t36-36", "#6d3f1c", 17)
    s.stroke("M297 120V470q0 36 32 40", "#c98f5a", 5)
    s.rect(294, 120, 12, 230, 4, fill=s.across("#7f858c", (0.3, "#f5f6f8"), "#6b7178"))
    s.stroke("M300 236L150 268M300 236L452 268M300 236L236 290M300 236L366 290", "#8d939a", 3)
    lobes = (
        "M44 300C60 150 180 92 300 92 230 140 160 210 142 296q-50-28-98 4z",
        "M142 296C160 210 230 140 300 92q-30 90-42 208-60-34-116-4z",
        "M258 300q12-118 42-208 30 90 42 208-42-22-84 0z",
        "M342 300q-12-118-42-208C370 140 430 210 440 296q-50-28-98 4z",
        "M440 296C430 210 370 140 300 92c120 0 240 58 256 208-48-32-116-4-116-4z",
    )
    for d, dark in zip(lobes, (0.32, 0.0, 0.12, 0.26, 0.46), strict=True):
        colour = shade("#1c7a6b", dark)
        s.path(
            d,
            fill=s.slant(tint(colour, 0.32), (0.5, colour), shade(colour, 0.3)),
            stroke=shade("#1c7a6b", 0.5),
            stroke_width=1.5,
        )
    s.path("M92 240q40-110 160-136-70 44-102 136-24 6-58 0z", fill="#ffffff", opacity=0.15)
    s.rect(295, 66, 10, 30, 4, fill=s.across("#7f858c", (0.3, "#f5f6f8"), "#6b7178"))
    for x in (44, 142, 258, 342, 440, 556):
        s.oval(x, 300, 4, fill="#c9ced4")


def baseball_cap(s: Studio, colour: str = "#7d7358") -> None:
    """A cap turned to the left, its peak in front."""
    s.shadow(290, 448, 226, 22)
    crown = "M196 372q-26-130 30-196 60-64 150-52 100 14 128 128 14 60 4 122-150 30-312-2z"
    s.path(crown, fill=s.slant(tint(colour, 0.4), (0.4, colour), (0.75, shade(colour, 0.35)), shade(colour, 0.6)))
    twill = s.tiles(6, 6, '<path d="M0 6L6 0M-1 1L1-1M5 7L7 5" stroke="#fff" stroke-width="1" opacity=".16"/>')
    s.path(crown, fill=twill)
    for d in ("M350 122q-70 90-60 262", "M362 122q70 90 64 258", "M352 122q-120 40-150 200", "M366 122q110 40 138 190"):
        s.stroke(d, shade(colour, 0.6), 3, opacity=0.65)
        s.stroke(d, tint(colour, 0.5), 1.4, stroke_dasharray="4 3", transform="translate(-6 0)")
    for x, y in ((290, 216), (240, 262), (424, 212)):
        s.oval(x, y, 6, 7, fill="none", stroke=shade(colour, 0.5), stroke_width=3)
        s.oval(x, y, 3, fill="#1c1a12")
    s.oval(358, 120, 15, 9, fill=s.ball(colour))
    s.path(
        "M196 372q-100-4-140 44-16 24 16 26 130 0 240-20 60-14 38-40-74 4-154-10z",
        fill=s.down(tint(colour, 0.35), (0.45, colour), shade(colour, 0.5)),
    )
    s.path("M56 416q-16 24 16 26 130 0 240-20 30-6 42-18-110 24-290 24-8-4-8-12z", fill=shade(colour, 0.65))
    for shift in (0, 12, 24):
        s.stroke(
            f"M{196 + shift} {382 + shift * 0.6}q-80-2-118 {34 - shift * 0.6}",
            tint(colour, 0.5),
            1.5,
            stroke_dasharray="5 4",
            opacity=0.8,
        )
    s.stroke("M196 374q160 34 314 0", shade(colour, 0.55), 4, opacity=0.6)
    with s.group("rotate(-6 262 310)"):
        s.rect(
            222,
            278,
            84,
            46,
            6,
            fill=s.slant("#c98a4d", "#8a5222"),
            stroke="#f2d6ac",
            stroke_width=1.6,
            stroke_dasharray="4 3",
        )
        s.text(264, 308, "SAFIRI", 18, "#3f210a", letter_spacing=2, font_weight=700)

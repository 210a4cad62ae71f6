"""Pictures for the shelf of sport and outdoors."""

from __future__ import annotations

from itertools import pairwise
from math import cos, dist, sin

from sokopesa.demo.catalogue.pictures.studio import Studio, shade, tint


def football(s: Studio) -> None:
    """A stitched ball: twelve dark pentagons, and seams where the white hexagons meet."""
    s.shadow(306, 500, 150, 24)
    s.oval(
        300, 300, 204, fill=s.glow("#ffffff", (0.4, "#f6f5f2"), (0.7, "#cfccc5"), "#8e8a82", cx=0.4, cy=0.34, r=0.68)
    )
    corners = _icosahedron()
    near = [(a, b) for a in corners for b in corners if a < b and 3.9 < dist(a, b) ** 2 < 4.1]
    seams = [_arc(_between(a, b, 1 / 3), _between(a, b, 2 / 3)) for a, b in near]
    s.stroke("".join(f"M{seam}" for seam in seams if seam), "#7d786e", 3.5)
    for corner in corners:
        around = [_between(corner, other, 1 / 3) for other in corners if 3.9 < dist(corner, other) ** 2 < 4.1]
        outline = _pentagon(corner, around)
        if outline:
            s.path(
                f"M{outline}z",
                fill=s.slant("#4a4e56", "#121316"),
                stroke="#24262a",
                stroke_width=4,
                stroke_linejoin="round",
            )
    light = s.glow(
        (0, "#ffffff", 0.3), (0.5, "#ffffff", 0), (0.8, "#15130f", 0.28), (1, "#15130f", 0.62), cx=0.36, cy=0.3, r=0.78
    )
    s.oval(300, 300, 205, fill=light)
    s.oval(212, 176, 80, 56, fill=s.glow((0, "#ffffff", 0.6), (1, "#ffffff", 0)), transform="rotate(-38 212 176)")


Point = tuple[float, float, float]


def _icosahedron() -> list[Point]:
    """Its twelve corners, turned so that one of them faces us, a little aside."""
    golden = (1 + 5**0.5) / 2
    raw = [
        c for i in (-1, 1) for j in (-golden, golden) for c in ((0.0, i * 1.0, j), (i * 1.0, j, 0.0), (j, 0.0, i * 1.0))
    ]
    tilt, swing = 0.78, 0.36
    turned = [(x, y * cos(tilt) - z * sin(tilt), y * sin(tilt) + z * cos(tilt)) for x, y, z in raw]
    return [(x * cos(swing) + z * sin(swing), y, z * cos(swing) - x * sin(swing)) for x, y, z in turned]


def _between(a: Point, b: Point, share: float) -> Point:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def _seen(point: Point) -> str:
    """Where a point lies in the picture when it is blown up onto the ball."""
    length = dist((0, 0, 0), point)
    return f"{300 + 203 * point[0] / length:.0f} {300 + 203 * point[1] / length:.0f}"


def _arc(a: Point, b: Point) -> str:
    """The seam between two points, or nothing when it lies on the far side."""
    middle = _between(a, b, 0.5)
    return f"{_seen(a)}L{_seen(middle)} {_seen(b)}" if middle[2] > 0 else ""


def _pentagon(centre: Point, around: list[Point]) -> str:
    """The pentagon's outline, or nothing when it lies on the far side."""
    if centre[2] < -0.05:
        return ""
    start = around[0]
    ordered = [start]
    while len(ordered) < len(around):
        ordered.append(min((p for p in around if p not in ordered), key=lambda p: dist(p, ordered[-1])))
    closed = [*ordered, start]
    return " ".join(f"{_seen(a)} {_seen(_between(a, b, 0.5))}" for a, b in pairwise(closed))


def dumbbells(s: Studio) -> None:
    """Two six-sided dumbbells."""
    s.shadow(300, 462, 246, 26)
    with s.group("translate(46 -84) scale(.86)"):
        _dumbbell(s)
    with s.group("translate(0 34)"):
        _dumbbell(s)


def _dumbbell(s: Studio) -> None:
    s.shadow(300, 424, 226, 20)
    s.rect(196, 306, 210, 46, 20, fill=s.pipe("#b4bac1", 0.8))
    knurl = s.tiles(6, 6, '<path d="M0 0l6 6M6 0L0 6" stroke="#3d4248" stroke-width=".9"/>')
    s.rect(226, 304, 150, 50, 18, fill=s.pipe("#a3a9b0", 0.8))
    s.rect(226, 304, 150, 50, 18, fill=knurl, opacity=0.65)
    for x in (70, 396):
        s.path(
            f"M{x} 276l28-42h78l28 42v106l-28 42H{x + 28}l-28-42z",
            fill=s.down("#54575e", (0.3, "#34363c"), (0.7, "#1d1f23"), "#0c0d0f"),
        )
        s.path(f"M{x} 276l28-42h78l28 42z", fill=s.down("#7c8088", "#4b4e55"))
        s.path(f"M{x} 382l28 42h78l28-42z", fill=s.down("#17181b", "#060708"))
        s.oval(x + 67, 329, 38, fill="#26282d", stroke="#4e5159", stroke_width=2)
        s.text(x + 67, 345, "5", 46, "#d8dbe0", font_weight=700)
        s.text(x + 67, 372, "kg", 13, "#a9adb4")
        s.path(f"M{x + 30} 238h40l-34 40h-30z", fill="#ffffff", opacity=0.16)


def yoga_mat(s: Studio) -> None:
    """A mat half rolled, its end on the floor."""
    front, back = "#7a4fa3", "#b99ad3"
    s.shadow(330, 470, 250, 20, 0.36)
    s.path("M160 356L92 462h428l48-106z", fill=s.slant(tint(front, 0.25), (0.5, front), shade(front, 0.25)))
    s.path("M92 462h428l48-106v12l-48 106H92z", fill=shade(back, 0.15))
    dots = s.tiles(14, 12, '<path d="M7 2l5 4-5 4-5-4z" fill="#fff" opacity=".1"/>')
    s.path("M160 356L92 462h428l48-106z", fill=dots)
    s.path(
        "M180 120h330q60 0 60 124 0 116-60 116H180z",
        fill=s.down(tint(front, 0.4), (0.25, front), (0.7, shade(front, 0.35)), shade(front, 0.6)),
    )
    s.path("M180 120h330q60 0 60 124 0 116-60 116H180z", fill=dots)
    s.oval(180, 240, 66, 120, fill=shade(back, 0.1))
    for size in range(112, 16, -16):
        s.oval(
            180,
            240,
            size * 0.55,
            size,
            fill="none",
            stroke=front if size % 32 == 0 else shade(back, 0.3),
            stroke_width=7,
        )
    s.oval(180, 240, 12, 22, fill="#241531")
    s.path("M250 120h34q-30 120 0 240h-34q-34-120 0-240z", fill=s.down("#3a3d44", "#131417"))
    s.path("M430 120h34q-30 120 0 240h-34q-34-120 0-240z", fill=s.down("#3a3d44", "#131417"))
    s.stroke("M262 122q80-76 184 0", "#26282d", 13)
    s.text(346, 262, "NGUVU", 30, "#f1e6fa", letter_spacing=5, font_weight=600, opacity=0.85)


def helmet(s: Studio) -> None:
    """A bicycle helmet from the side."""
    s.shadow(300, 480, 210, 22)
    s.stroke("M200 372q36 96 84 120M404 376q-60 90-112 116", "#1c1d21", 11)
    s.rect(266, 476, 40, 24, 6, fill=s.down("#4d5159", "#17181b"))
    shell = (
        "M70 366q-16-86 40-160Q176 116 312 116q140 0 210 130 26 60 12 120-10 14-44 12-80-8-140-2-70"
        " 12-140 14-110 0-140-24z"
    )
    s.path(shell, fill=s.slant("#ff7457", (0.35, "#e0342a"), (0.7, "#ac1a1d"), "#6d0d12"))
    s.path(
        "M70 366q30 24 140 24 70-2 140-14 60-6 140 2 34 2 44-12l-4 26q-8 16-50 14-70-8-126 0-70 14-146"
        " 14-104-2-132-24-8-8-6-30z",
        fill=s.down("#33363c", "#101114"),
    )
    vents = (
        "M140 214q66-64 156-68-60 30-92 88-40 2-64-20z",
        "M318 148q84 6 138 72-30 10-70 4-30-50-68-76z",
        "M116 268q50 10 92 2-18 34-20 72-50-2-82-20-2-28 10-54z",
        "M232 264q60-8 122 0 4 38 0 74-60 4-134 8 0-48 12-82z",
        "M386 264q50 8 94-4 24 40 24 80-60-6-112-4 0-38-6-72z",
    )
    for d in vents:
        s.path(d, fill=s.down("#0b0b0d", "#33211f"), stroke="#7d1014", stroke_width=3)
        s.stroke(d, "#ffffff", 2, opacity=0.22, transform="translate(0 4)")
    s.path("M116 202q60-68 170-76-110 34-152 110-24-10-18-34z", fill="#ffffff", opacity=0.34)
    s.path("M510 262q30 50 24 104-20 14-36 10 10-60-8-106z", fill=s.slant("#3b3e45", "#141518"))
    s.oval(524, 392, 19, fill=s.slant("#565b64", "#141518"))
    s.oval(524, 392, 8, fill="#e0342a")
    s.text(296, 372, "ITEN", 21, "#ffe1db", letter_spacing=5, font_weight=700)


def tent(s: Studio) -> None:
    """A dome tent with an open door."""
    with s.group("translate(24 30) scale(.92)"):
        _tent(s)


def _tent(s: Studio) -> None:
    s.shadow(300, 476, 270, 22)
    s.path("M300 128Q470 190 560 464l-120 20z", fill=s.slant("#dd8a2a", (0.5, "#b8650e"), "#7f4305"))
    s.path("M300 128Q110 200 36 470l400 14Q420 260 300 128z", fill=s.slant("#8fae57", (0.4, "#64863a"), "#405c22"))
    s.path("M300 128Q200 240 176 476l190 8Q372 280 300 128z", fill=s.down("#a9c470", "#55762e"))
    s.path("M300 190Q226 290 212 478l126 5Q344 290 300 190z", fill=s.down("#26321a", "#0d1208"))
    s.path("M214 452q60-22 124-6v37l-126-5z", fill="#4d6a7c")
    s.path("M300 190Q360 300 338 483l30 1Q386 330 300 190z", fill=s.across("#d6e0b5", "#8fa863"))
    s.path("M300 190Q226 290 212 478l-34-2Q200 310 300 190z", fill=s.across("#55762e", "#c0d194"))
    mesh = s.tiles(6, 6, '<path d="M0 0h6M0 0v6" stroke="#0d1208" stroke-width="1" opacity=".5"/>')
    s.path("M412 268q60 40 92 128l-74 6q2-70-18-134z", fill="#f0b866")
    s.path("M412 268q60 40 92 128l-74 6q2-70-18-134z", fill=mesh)
    s.stroke("M36 470Q110 200 300 128Q470 190 560 464", "#2a2c31", 6)
    s.stroke("M436 484Q420 260 300 128", "#2a2c31", 5)
    s.stroke("M38 464Q114 200 298 130", "#c9ced4", 1.8)
    s.path("M196 184q100-74 210 0-30-50-106-62-70 10-104 62z", fill=s.slant("#f2a946", "#b8650e"))
    s.stroke("M96 320L16 480M506 316L588 472", "#c9b48a", 2.4)
    for x, y in ((16, 480), (588, 472), (38, 474), (436, 486), (558, 466)):
        s.stroke(f"M{x} {y - 6}l4 16", "#565c63", 5)
    s.path("M120 300q50-90 140-146-70 90-92 190-40 20-70 20z", fill="#ffffff", opacity=0.15)
    s.text(120, 440, "SAFIRI", 17, "#e9f0d6", letter_spacing=3, font_weight=600)


def skipping_rope(s: Studio) -> None:
    """A rope in loops with its two handles crossed in front."""
    s.shadow(300, 470, 200, 22, 0.32)
    loops = (
        "M214 366C60 300 70 120 300 110S540 300 386 366M226 352C100 296 120 150 300 142S500 290 374"
        " 352M240 344C160 300 170 180 300 176S440 290 360 344"
    )
    s.stroke(loops, "#14161a", 11)
    s.stroke(loops, "#c92a37", 8)
    s.stroke(loops, "#ff9aa2", 2, opacity=0.8, transform="translate(-1 -2)")
    for tilt, x in ((40, 214), (-40, 386)):
        with s.group(f"rotate({tilt} {x} 370)"):
            s.rect(x - 9, 340, 18, 36, 6, fill=s.across("#5d636b", (0.3, "#f3f5f7"), "#5d636b"))
            s.rect(x - 22, 370, 44, 168, 20, fill=s.tube("#26282d", 0.42))
            for y in range(392, 516, 15):
                s.rect(x - 22, y, 44, 7, 3, fill="#08090a", opacity=0.55)
            s.rect(x - 22, 372, 44, 14, 6, fill=s.tube("#c92a37", 0.5))
            s.rect(x - 22, 520, 44, 18, 9, fill=s.tube("#c92a37", 0.5))

"""Pictures for the shelf of solar power and lighting."""

from __future__ import annotations

from sokopesa.demo.catalogue.pictures.studio import Studio, tint

ALUMINIUM = ("#8b9198", (0.2, "#f1f3f5"), (0.5, "#b9bec4"), "#7b8188")


def _cells(s: Studio, size: float = 46) -> str:
    fine = "".join(
        f'<path d="M0 {size * i / 8:.1f}h{size}" stroke="#5d86c4" stroke-width="0.5" opacity="0.6"/>' for i in range(8)
    )
    bars = f'<path d="M{size * 0.3:.1f} 0v{size}M{size * 0.7:.1f} 0v{size}" stroke="#c4d4ea" stroke-width="1.6"/>'
    edge = f'<path d="M0 0h{size}M0 0v{size}" stroke="#dfe8f4" stroke-width="2.4"/>'
    return s.tiles(size, size, f'<rect width="{size}" height="{size}" fill="#13284f"/>{fine}{bars}{edge}')


def lantern(s: Studio) -> None:
    """A glowing lantern with a handle and a solar lid."""
    s.shadow(300, 514, 130, 22)
    s.oval(300, 330, 250, 220, fill=s.glow((0, "#ffe9a8", 0.75), (1, "#ffe9a8", 0)))
    s.stroke("M196 176C196 40 404 40 404 176", "#2d3036", 13)
    s.stroke("M193 172C196 44 388 40 400 150", "#8b9099", 3.5)
    s.path(
        "M190 196q110-40 220 0l-14 34H204z", fill=s.across("#d77a06", (0.25, "#ffc24a"), (0.6, "#f39a1b"), "#b86304")
    )
    s.oval(300, 186, 96, 26, fill=s.slant("#2a4b86", (0.4, "#14284f"), "#0d1a36"), stroke="#f0b040", stroke_width=5)
    s.path("M230 182l140 8M236 196l130-16M268 166l-10 42M300 161v50M332 166l10 42", stroke="#9db6de", stroke_width=1.4)
    s.path(
        "M206 230h188l10 176H196z",
        fill=s.across("#f4cf7c", (0.2, "#fff8de"), (0.5, "#fffdf4"), (0.8, "#fde9b0"), "#e9b95a"),
    )
    s.rect(276, 236, 48, 166, 20, fill=s.glow("#ffffff", (0.6, "#fffbe6"), (1, "#ffe9a3", 0.2)))
    for x in (206, 248, 346, 388):
        s.stroke(f"M{x} 232L{300 + (x - 300) * 1.08} 406", "#5a4a26", 3.4, opacity=0.45)
    s.path("M190 404h220l10 30H180z", fill=s.across("#c56e05", (0.22, "#ffc552"), (0.55, "#f39a1b"), "#a95803"))
    s.path(
        "M180 434h240l-6 62q-2 16-18 16H204q-16 0-18-16z",
        fill=s.across("#17181b", (0.2, "#5c616a"), (0.5, "#33363d"), "#0f1012"),
    )
    s.oval(300, 470, 19, fill=s.slant("#ffb52e", "#c97606"))
    s.stroke("M300 459v10M292 463a10 10 0 1 0 16 0", "#fff6e0", 2.6)
    s.rect(352, 460, 34, 18, 4, fill="#08090a", stroke="#70757d", stroke_width=1.5)


def panel(s: Studio) -> None:
    """A framed panel leaning back on its stand."""
    s.shadow(310, 500, 200, 20)
    s.stroke("M424 150L506 496", "#8d939a", 9)
    s.stroke("M421 150L502 496", "#e6e9ec", 3)
    with s.group("matrix(1 .05 -.14 1 62 -6)"):
        s.rect(96, 92, 340, 404, 6, fill=s.slant("#f2f4f6", (0.5, "#a7adb4"), "#d6dade"))
        s.rect(108, 104, 316, 380, 2, fill=_cells(s, 52.6))
        s.path("M108 104h200L108 420z", fill="#ffffff", opacity=0.16)
        s.path("M340 104h60L108 484v-70z", fill="#ffffff", opacity=0.08)
        s.rect(96, 490, 340, 8, 2, fill="#787e85")


def home_kit(s: Studio) -> None:
    """Panel behind, battery box and three bulbs in front."""
    s.shadow(300, 504, 246, 20)
    with s.group("matrix(1 .04 -.1 1 30 0)"):
        s.rect(96, 84, 250, 300, 5, fill=s.slant("#f2f4f6", (0.5, "#a7adb4"), "#d6dade"))
        s.rect(105, 93, 232, 282, 2, fill=_cells(s, 46.4))
        s.path("M105 93h150L105 330z", fill="#ffffff", opacity=0.16)
    s.stroke("M330 400q40 60 90 56", "#1a1b1e", 5)
    s.rect(
        284,
        238,
        206,
        258,
        22,
        fill=s.across("#c96a00", (0.06, "#ffc14d"), (0.2, "#f7a325"), (0.85, "#e58a0c"), "#a85a00"),
    )
    s.rect(300, 256, 174, 150, 14, fill=s.slant("#3b3f47", "#17191d"))
    s.rect(318, 274, 138, 60, 8, fill="#0a1712")
    s.text(387, 316, "12.8 V", 32, "#6df0a2", font_family="Courier,monospace", font_weight=700)
    for index in range(4):
        s.oval(334 + index * 34, 366, 8, fill="#52d97f" if index < 3 else "#3a3f46")
    for x in (312, 362, 412):
        s.rect(x, 430, 38, 22, 4, fill="#1d1206")
        s.rect(x + 7, 438, 24, 7, 2, fill="#e8e2d6")
    s.text(387, 480, "NURUKA", 17, "#6b3900", font_weight=700, letter_spacing=4)
    for x, y in ((96, 460), (176, 476), (250, 466)):
        _bulb(s, x, y, 0.62)


def _bulb(s: Studio, x: float, y: float, scale: float) -> None:
    """A bulb lying upright on its cap; ``x``, ``y`` is the middle of its glass."""
    with s.group(f"translate({x} {y - 40}) scale({scale})"):
        s.oval(0, 6, 108, 100, fill=s.glow((0, "#fff2c2", 0.75), (1, "#fff2c2", 0)))
        s.path(
            "M-62 0a62 62 0 0 1 124 0q0 34-26 62h-72q-26-28-26-62z",
            fill=s.glow("#ffffff", (0.5, "#fffaf0"), (0.85, "#f4e6c0"), "#dfc98f", cx=0.42, cy=0.36, r=0.7),
        )
        s.path("M-36 62h72l-12 40h-48z", fill=s.tube("#f0efec", 0.6))
        s.path("M-24 102h48v34q0 8-10 10h-28q-10-2-10-10z", fill=s.tube("#b9bec5", 0.7))
        for offset in (108, 118, 128):
            s.stroke(f"M-24 {offset}q24 8 48 0", "#6e747b", 3)
        s.rect(-9, 144, 18, 9, 4, fill="#24262a")


def power_system(s: Studio) -> None:
    """A wall battery with its inverter above, plainly large."""
    s.shadow(300, 520, 170, 18)
    s.path("M418 96l34 10v398l-34 14z", fill=s.across("#b7b4ad", "#8e8b84"))
    s.rect(160, 92, 264, 426, 20, fill=s.across("#d5d3cd", (0.06, "#ffffff"), (0.5, "#f6f5f2"), "#dcdad4"))
    s.rect(160, 92, 264, 140, 20, fill=s.slant("#4a4f58", (0.5, "#2c3037"), "#1b1e23"))
    s.rect(160, 200, 264, 36, fill=s.down("#22252b", "#191b1f"))
    s.rect(236, 118, 112, 62, 8, fill="#06110d")
    s.text(292, 144, "5.0 kW", 22, "#76f2ad", font_weight=600)
    s.text(292, 168, "battery 86 %", 14, "#76f2ad")
    for index, colour in enumerate(("#4fd07c", "#4fd07c", "#f2b13a")):
        s.oval(188, 130 + index * 20, 5, fill=colour)
    for index in range(7):
        s.stroke(f"M{190 + index * 34} 212v14", "#0b0c0e", 5)
    s.path("M166 240h60L166 500z", fill="#ffffff", opacity=0.7)
    s.text(292, 304, "NURUKA PRO", 22, "#77746d", letter_spacing=4, font_weight=600)
    s.rect(286, 336, 12, 118, 6, fill="#d1cec7")
    s.rect(286, 356, 12, 98, 6, fill=s.down("#9df5c0", "#2fb565"))
    s.text(292, 490, "5.12 kWh  LiFePO4", 15, "#98958e")
    s.path("M218 518v12M366 518v12", stroke="#3a3d42", stroke_width=14)


def led_bulbs(s: Studio) -> None:
    """Four bulbs in two rows."""
    s.shadow(300, 470, 240, 26)
    for x, y, scale in ((200, 270, 1.0), (396, 262, 1.0), (484, 340, 1.16)):
        _bulb(s, x, y, scale)
    _bulb(s, 286, 346, 1.3)


def torch(s: Studio) -> None:
    """A black torch lying across, lit."""
    s.path("M104 300L-40 120v360z", fill=s.linear((0, "#fff3c4", 0), (1, "#fff0b0", 0.9), along=(0, 0, 1, 0)))
    s.shadow(330, 396, 200, 22)
    with s.group("rotate(-6 320 300)"):
        s.rect(236, 262, 284, 82, 12, fill=s.pipe("#2c2e33", 0.4))
        for x in range(318, 442, 11):
            s.rect(x, 262, 5, 82, fill="#08090a", opacity=0.65)
        s.rect(504, 254, 44, 98, 14, fill=s.pipe("#383b41", 0.4))
        s.path("M128 222q0-8 8-8h56q30 0 58 42v96q-28 42-58 42h-56q-8 0-8-8z", fill=s.pipe("#2c2e33", 0.4))
        for x in (206, 220, 234):
            s.rect(x, 244, 7, 120, 3, fill="#0a0b0c", opacity=0.6)
        s.rect(108, 208, 30, 192, 10, fill=s.pipe("#54585f", 0.5))
        s.oval(112, 304, 24, 88, fill=s.glow("#ffffff", (0.35, "#fff9df"), (0.7, "#f4dc8c"), "#a68f4e"))
        s.oval(112, 304, 10, 36, fill="#ffffff")
        s.rect(272, 252, 34, 14, 7, fill=s.down("#e57a2e", "#a94f10"))
        s.text(478, 312, "ANGAVU", 12, "#b5bac2", letter_spacing=2)


def floodlight(s: Studio) -> None:
    """A black lamp head with rows of LEDs, its panel behind and the remote in front."""
    s.shadow(300, 494, 236, 20)
    with s.group("matrix(1 .05 -.12 1 66 -10)"):
        s.rect(250, 92, 246, 190, 5, fill=s.slant("#f2f4f6", (0.5, "#a7adb4"), "#d6dade"))
        s.rect(258, 100, 230, 174, 2, fill=_cells(s, 46))
        s.path("M258 100h120L258 230z", fill="#ffffff", opacity=0.16)
    s.stroke("M420 284q60 90 8 170", "#1a1b1e", 6)
    s.path("M150 470v-90h-28v106q0 8 8 8h260q8 0 8-8V380h-28v90z", fill=s.down("#4b4f57", "#1b1d21"))
    s.rect(96, 216, 330, 230, 18, fill=s.slant("#62676f", (0.3, "#33363c"), "#17181b"))
    s.rect(112, 232, 298, 198, 10, fill="#0d0e10")
    s.rect(118, 238, 286, 186, 8, fill=s.glow("#ffffff", (0.5, "#f3f0e4"), "#cfcabb", cx=0.45, cy=0.4, r=0.8))
    for row in range(4):
        for column in range(8):
            x, y = 134 + column * 33.5, 252 + row * 43
            s.rect(x, y, 20, 28, 3, fill="#f7d774", stroke="#cbb15a", stroke_width=1.5)
    s.path("M118 238h150L118 400z", fill="#ffffff", opacity=0.35)
    with s.group("rotate(12 490 420)"):
        s.rect(456, 352, 66, 142, 16, fill=s.across("#bdbab3", (0.2, "#ffffff"), "#cfccc5"))
        for row in range(4):
            for column in range(2):
                colour = "#e5483f" if row == column == 0 else "#5c626b"
                s.oval(476 + column * 27, 378 + row * 28, 8.5, fill=s.down(tint(colour, 0.3), colour))


def desk_lamp(s: Studio) -> None:
    """A white jointed lamp that throws a pool of light."""
    s.path("M280 174L206 504h310L396 246z", fill=s.down((0, "#fff1bd", 0.85), (1, "#fff1bd", 0)))
    s.oval(362, 503, 150, 18, fill=s.glow((0, "#ffeeb0", 0.9), (1, "#ffeeb0", 0)))
    s.shadow(206, 506, 120, 18)
    s.oval(206, 498, 106, 24, fill=s.down("#d9d6cf", "#a19d94"))
    s.oval(206, 490, 106, 24, fill=s.slant("#ffffff", (0.6, "#ecebe7"), "#d3d0c9"))
    s.oval(240, 492, 12, 4, fill="#3fa66a")
    s.stroke("M200 486L166 268", "#c5c1b8", 18)
    s.stroke("M197 486L163 268", "#ffffff", 7)
    s.stroke("M166 266L352 126", "#c5c1b8", 16)
    s.stroke("M163 261L350 121", "#ffffff", 6)
    s.oval(166, 268, 20, fill=s.slant("#e9e7e2", "#8f8b82"))
    s.oval(166, 268, 9, fill=s.slant("#c98a3a", "#8a5a1c"))
    with s.group("rotate(32 366 150)"):
        s.path("M300 214q0-88 70-92t76 92z", fill=s.across("#c9c5bc", (0.3, "#ffffff"), (0.6, "#f1f0ec"), "#b5b1a7"))
        s.oval(373, 214, 73, 17, fill=s.glow("#ffffff", (0.6, "#fff4cd"), "#f2d98b"))
        s.rect(356, 104, 26, 24, 8, fill=s.tube("#d8d5ce", 0.5))

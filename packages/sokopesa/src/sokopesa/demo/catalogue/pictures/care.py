"""Pictures for the shelf of health and beauty."""

from __future__ import annotations

from sokopesa.demo.catalogue.pictures.studio import Stop, Studio, shade, tint

CHROME: tuple[Stop, ...] = ("#6d737a", (0.2, "#fbfcfd"), (0.45, "#a9afb6"), (0.7, "#eceef1"), "#6d737a")


def hair_clipper(s: Studio) -> None:
    """A cordless clipper standing, combs beside it."""
    s.shadow(246, 530, 90, 14)
    s.shadow(456, 528, 80, 10)
    body = "M176 190h152q14 40 6 110-8 60 2 120l6 84q0 26-24 26H186q-24 0-24-26l6-84q10-60 2-120-8-70 6-110z"
    s.path(
        body,
        fill=s.across("#121316", (0.1, "#3f434b"), (0.24, "#7d838d"), (0.36, "#4a4e57"), (0.75, "#25272c"), "#0e0f11"),
    )
    s.path(
        "M186 300q66 22 132 0-6 60 2 120 2 60-68 60t-68-60q8-60 2-120z",
        fill=s.slant("#2b2e34", "#131417"),
        stroke="#5b6069",
        stroke_width=1.5,
    )
    s.path("M180 160h144l6 40H174z", fill=s.across("#8a6a2c", (0.25, "#f5dfa0"), (0.5, "#cfa552"), "#7d5c1f"))
    s.path("M176 104h152v56H176z", fill=s.across(*CHROME))
    for x in range(180, 328, 11):
        s.path(f"M{x} 104l3-24h3l3 24z", fill=s.down("#f4f6f8", "#8d939a"))
    s.rect(172, 126, 160, 8, fill="#3d4248")
    s.rect(236, 340, 32, 66, 16, fill=s.down("#0a0b0d", "#33363d"))
    s.rect(240, 346, 24, 28, 12, fill=s.down("#f5dfa0", "#9a7630"))
    s.oval(252, 432, 6, fill="#5be08a")
    s.text(252, 508, "KINYOZI", 18, "#cfa552", letter_spacing=3)
    for x, y, w in ((388, 470, 62), (462, 446, 70)):
        s.path(f"M{x} {y}h{w}v{528 - y}h-{w}z", fill=s.across("#1b1c20", (0.3, "#54585f"), "#17181b"))
        for tooth in range(0, w, 9):
            s.path(f"M{x + tooth} {y}q2-34 8-40v40z", fill="#2d3036")
        s.text(x + w / 2, 516, "6 mm" if w > 65 else "3 mm", 13, "#c9ced4")


def shea_butter(s: Studio) -> None:
    """An open amber jar, its lid leaning and shea nuts around it."""
    s.shadow(278, 506, 170, 22)
    s.shadow(470, 500, 70, 12)
    s.oval(468, 414, 76, 84, fill=s.slant("#e9cf97", (0.5, "#b98e45"), "#7d5c1f"))
    s.oval(460, 412, 72, 80, fill=s.slant("#f7e6bd", (0.5, "#d4ac62"), "#94702e"))
    s.oval(460, 412, 54, 62, fill="none", stroke="#fbf0d4", stroke_width=2, opacity=0.7)
    s.text(458, 420, "asili", 26, "#7d5c1f", font_style="italic", font_weight=600)
    s.path(
        "M130 236h296v226q0 40-40 40H170q-40 0-40-40z",
        fill=s.across(
            "#3d1a05",
            (0.08, "#8c4a14"),
            (0.2, "#d98f3f"),
            (0.34, "#a85a18"),
            (0.75, "#6d3409"),
            (0.93, "#3d1a05"),
            "#8c4a14",
        ),
    )
    s.rect(138, 196, 280, 46, 8, fill=s.across("#4a2208", (0.2, "#c98244"), (0.5, "#8a4a18"), "#3d1a05"))
    s.oval(278, 200, 142, 34, fill=s.slant("#c98244", "#4a2208"))
    s.oval(278, 200, 130, 28, fill=s.slant("#fffbe8", (0.5, "#f3e6b8"), "#d6c184"))
    s.path(
        "M166 196q30-44 84-34 20-40 60-20 40-6 44 26 36 8 36 34-100 26-224-6z",
        fill=s.slant("#fffdf0", (0.5, "#f6eabf"), "#d9c586"),
    )
    s.path(
        "M232 176q24-20 52-4M296 158q24-10 40 12M200 196q40 14 90 4",
        stroke="#c7b06a",
        stroke_width=4,
        stroke_linecap="round",
        opacity=0.7,
    )
    s.path(
        "M130 286q148 30 296 0v148q-148 30-296 0z",
        fill=s.across("#d9ccae", (0.2, "#fffaf0"), (0.6, "#f6eedd"), "#c7b894"),
    )
    s.text(278, 348, "asili", 46, "#6d3409", font_style="italic", font_weight=700)
    s.text(278, 380, "PURE SHEA BUTTER", 16, "#6d3409", letter_spacing=2, font_weight=600)
    s.text(278, 412, "unrefined · 250 g", 14, "#8a6a3c")
    s.path("M150 250q-4 120 4 240l14 4q-10-120-4-244z", fill="#ffffff", opacity=0.4)
    for x, y, turn in ((96, 492, -20), (52, 500, 30), (120, 510, 10)):
        s.oval(x, y, 32, 22, fill=s.ball("#7a4420"), transform=f"rotate({turn} {x} {y})")
        s.oval(x - 4, y + 4, 13, 6, fill="#d9b98f", opacity=0.5, transform=f"rotate({turn} {x} {y})")


def hair_dryer(s: Studio) -> None:
    """A dryer in the air above its shadow, its cord curling away."""
    colour = "#7c2f4f"
    s.shadow(330, 506, 150, 18)
    s.stroke("M372 486q10 40 60 30t70-60 40-60", "#1b1c20", 10)
    s.path(
        "M300 300h94l22 186q0 14-14 14h-52q-14 0-16-14z",
        fill=s.across(shade(colour, 0.5), (0.2, tint(colour, 0.3)), (0.45, colour), shade(colour, 0.55)),
    )
    s.path("M44 166l96 8v108l-96 14q-8-66 0-130z", fill=s.down("#4d5159", (0.3, "#2a2c31"), "#0d0e10"))
    s.oval(46, 232, 12, 64, fill="#08090a", stroke="#5b6069", stroke_width=2)
    s.path(
        "M136 156q140-50 260-46 120 6 120 118t-120 120q-120 8-260-46z",
        fill=s.down(tint(colour, 0.5), (0.2, tint(colour, 0.12)), (0.6, shade(colour, 0.25)), shade(colour, 0.6)),
    )
    s.rect(130, 152, 20, 152, 8, fill=s.down(*CHROME))
    s.path("M170 166q120-36 220-34 50 2 76 30-130-24-290 26z", fill="#ffffff", opacity=0.38)
    s.oval(436, 228, 66, 98, fill=s.slant("#3b3e45", "#111214"))
    s.oval(440, 228, 54, 84, fill=s.glow("#4b4f57", (0.7, "#1d1f23"), "#33363c"))
    for size in range(72, 12, -13):
        s.oval(440, 228, size * 0.64, size, fill="none", stroke="#0a0b0d", stroke_width=4)
    s.text(276, 240, "KINYOZI", 27, "#f6dce6", letter_spacing=3, font_weight=600)
    s.text(276, 266, "1800 W", 15, "#e3b7c8")
    for y in (366, 408):
        s.rect(312, y, 26, 34, 8, fill=s.down("#4d5159", "#131417"))
        s.rect(316, y + 4, 18, 13, 5, fill=s.down("#c9ced4", "#7d838a"))
    s.rect(346, 330, 34, 20, 8, fill=s.down("#8fd0f0", "#2f86b5"))
    s.path("M344 496h54l-6 22h-42z", fill=s.tube("#26282d", 0.4))


def thermometer(s: Studio) -> None:
    """A digital thermometer lying across, reading a healthy temperature."""
    with s.group("rotate(-12 300 300)"):
        s.shadow(320, 356, 236, 18)
        s.path(
            "M20 300q2-9 14-10l110-16v52l-110-16q-12-1-14-10z",
            fill=s.down("#c4e3f2", (0.3, "#ffffff"), (0.6, "#8ec3de"), "#5b97b8"),
        )
        s.rect(12, 291, 46, 18, 9, fill=s.down("#7d838a", (0.3, "#f6f8fa"), (0.6, "#a9afb6"), "#5d636b"))
        s.path(
            "M140 272q30-28 90-28h276q68 0 68 56t-68 56H230q-60 0-90-28z",
            fill=s.down("#ffffff", (0.3, "#fbfbfa"), (0.7, "#dcdad5"), "#a8a59d"),
        )
        s.path("M150 276q30-24 82-24h272q40 0 52 22-160-16-330-2-40 4-76 4z", fill="#ffffff", opacity=0.9)
        s.rect(252, 268, 168, 64, 12, fill="#9aa4a8")
        s.rect(256, 272, 160, 56, 9, fill=s.slant("#d9e4d2", (0.5, "#c3d2bd"), "#a9bba6"))
        s.text(326, 318, "36.6", 46, "#1d261b", font_family="Courier,monospace", font_weight=700)
        s.text(398, 316, "°C", 20, "#1d261b", font_weight=600)
        s.oval(492, 300, 32, 27, fill="#5ba3c4")
        s.oval(492, 298, 30, 25, fill=s.slant("#b9e0f1", (0.5, "#6bb4d6"), "#3f87ab"))
        s.stroke("M492 288v10M484 292a11 11 0 1 0 16 0", "#ffffff", 3)
        s.text(206, 308, "afya", 24, "#4a92b4", font_weight=700)


def toothbrushes(s: Studio) -> None:
    """Four bamboo toothbrushes fanned in a glass."""
    s.shadow(300, 528, 116, 16)
    for turn, x, colour in ((-17, 262, "#2f86b5"), (-6, 286, "#d8604a"), (6, 314, "#4f9a5c"), (17, 338, "#e0a62c")):
        with s.group(f"rotate({turn} {x} 500)"):
            s.path(
                f"M{x - 11} 500V240q0-24 4-44V96q0-16 7-16t7 16v100q4 20 4 44v260z",
                fill=s.across("#9a7434", (0.25, "#ecd096"), (0.5, "#d6b26a"), "#8a6526"),
            )
            s.stroke(f"M{x} 260v200", "#8a6526", 1.2, opacity=0.5)
            s.rect(
                x - 30, 92, 24, 92, 4, fill=s.down(colour, (0.2, tint(colour, 0.55)), (0.8, tint(colour, 0.55)), colour)
            )
            s.stroke("".join(f"M{x - 30} {y}h22" for y in range(98, 182, 9)), shade(colour, 0.3), 1.4, opacity=0.5)
            s.stroke(f"M{x - 7} 350h14", colour, 9)
    s.path(
        "M206 318h188l-18 196q-1 14-16 14H240q-15 0-16-14z",
        fill=s.across(
            (0, "#9fb8c2", 0.75),
            (0.12, "#ffffff", 0.6),
            (0.3, "#ffffff", 0.2),
            (0.75, "#dbe7ec", 0.25),
            (1, "#8aa5b1", 0.8),
        ),
    )
    s.oval(300, 318, 94, 15, fill="none", stroke="#ffffff", stroke_width=4)
    s.oval(300, 318, 94, 15, fill="#ffffff", fill_opacity=0.12, stroke="#94adb8", stroke_width=1.4)
    s.path(
        "M222 480h156l-3 34q-1 14-16 14H240q-15 0-16-14z",
        fill=s.across((0, "#8aa5b1", 0.6), (0.3, "#ffffff", 0.75), (1, "#7b98a5", 0.7)),
    )
    s.path("M228 336h20l10 160h-16z", fill="#ffffff", opacity=0.6)

"""The photographer's studio: a soft light from the upper left, a pale floor, and the tools that shape surfaces.

Every picture is a 600 × 600 SVG drawn with gradients only, because filters are slow on cheap phones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

SIZE = 600

Stop = str | tuple[float, str] | tuple[float, str, float]


class Studio:
    """Collects the shapes of one picture and the paints that they use. Paint methods return a ``url(#…)``."""

    def __init__(self, floor: float = 455) -> None:
        """``floor`` is the height (y) at which the wall turns into the floor."""
        self._defs: list[str] = []
        self._body: list[str] = []
        self._paints: dict[str, str] = {}
        wall = self.down("#fbfaf8", (floor / SIZE - 0.08, "#f1f0ec"), (floor / SIZE + 0.04, "#e9e7e2"), "#f3f2ee")
        glow = self.glow((0, "#ffffff", 0.95), (1, "#ffffff", 0), cx=0.36, cy=0.3, r=0.62)
        self.rect(0, 0, SIZE, SIZE, fill=wall)
        self.rect(0, 0, SIZE, SIZE, fill=glow)

    def svg(self) -> str:
        """The finished picture."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">'
            f"<defs>{''.join(self._defs)}</defs>{''.join(self._body)}</svg>\n"
        )

    # Paints

    def down(self, *stops: Stop) -> str:
        """A gradient from top to bottom of the shape."""
        return self.linear(*stops, along=(0, 0, 0, 1))

    def across(self, *stops: Stop) -> str:
        """A gradient from left to right of the shape."""
        return self.linear(*stops, along=(0, 0, 1, 0))

    def slant(self, *stops: Stop) -> str:
        """A gradient from the upper left to the lower right corner."""
        return self.linear(*stops, along=(0, 0, 1, 1))

    def linear(self, *stops: Stop, along: tuple[float, float, float, float]) -> str:
        """A gradient along a line in fractions of the shape's box."""
        x1, y1, x2, y2 = (_n(value) for value in along)
        return self._paint("linearGradient", f'x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"', stops)

    def glow(self, *stops: Stop, cx: float = 0.5, cy: float = 0.5, r: float = 0.5) -> str:
        """A gradient outwards from a point, in fractions of the shape's box."""
        return self._paint("radialGradient", f'cx="{_n(cx)}" cy="{_n(cy)}" r="{_n(r)}"', stops)

    def ball(self, colour: str) -> str:
        """The look of a round thing of one colour."""
        stops = (tint(colour, 0.55), (0.35, colour), (0.8, shade(colour, 0.35)), shade(colour, 0.5))
        return self.glow(*stops, cx=0.36, cy=0.3, r=0.75)

    def tube(self, colour: str, gloss: float = 0.45) -> str:
        """The look of an upright cylinder: dark rims, a bright band on the left, a faint second light on the right."""
        return self.across(*_tube(colour, gloss))

    def pipe(self, colour: str, gloss: float = 0.45) -> str:
        """A cylinder that lies across the picture."""
        return self.down(*_tube(colour, gloss))

    def tiles(self, width: float, height: float, content: str, transform: str = "") -> str:
        """A repeated pattern, such as cloth or the holes of a grille."""
        turn = f' patternTransform="{transform}"' if transform else ""
        size = f'width="{_n(width)}" height="{_n(height)}" patternUnits="userSpaceOnUse"'
        return self._define("pattern", f"{size}{turn}", content)

    # Shapes

    def rect(self, x: float, y: float, w: float, h: float, r: float = 0, *, fill: str, **style: object) -> None:
        """A rectangle with corners rounded by ``r``."""
        corner = f' rx="{_n(r)}"' if r else ""
        self._add(f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"{corner}', fill, style)

    def oval(self, cx: float, cy: float, rx: float, ry: float | None = None, *, fill: str, **style: object) -> None:
        """An ellipse, or a circle when ``ry`` is left out."""
        height = rx if ry is None else ry
        self._add(f'<ellipse cx="{_n(cx)}" cy="{_n(cy)}" rx="{_n(rx)}" ry="{_n(height)}"', fill, style)

    def path(self, d: str, *, fill: str = "none", **style: object) -> None:
        """A free shape."""
        self._add(f'<path d="{d}"', fill, style)

    def stroke(self, d: str, colour: str, width: float, **style: object) -> None:
        """A line with round ends."""
        line = {"stroke": colour, "stroke_width": _n(width), "stroke_linecap": "round", "stroke_linejoin": "round"}
        self._add(f'<path d="{d}"', "none", {**line, **style})

    def text(self, x: float, y: float, words: str, size: float, colour: str, **style: object) -> None:
        """Words printed on a thing, centred on ``x``."""
        face = {"font_family": "Helvetica,Arial,sans-serif", "text_anchor": "middle", "font_size": _n(size)}
        self._body.append(
            f'<text x="{_n(x)}" y="{_n(y)}"{_attributes({"fill": colour, **face, **style})}>{words}</text>'
        )

    def shadow(self, cx: float, cy: float, rx: float, ry: float, depth: float = 0.42) -> None:
        """What a thing throws on the floor: dark where it touches, soft around."""
        soft = self.glow((0, "#3a3428", depth * 0.55), (0.55, "#3a3428", depth * 0.3), (1, "#3a3428", 0))
        core = self.glow((0, "#241f16", depth), (0.6, "#241f16", depth * 0.6), (1, "#241f16", 0))
        self.oval(cx + rx * 0.08, cy + ry * 0.2, rx * 1.28, ry * 1.6, fill=soft)
        self.oval(cx, cy, rx, ry * 0.7, fill=core)

    @contextmanager
    def group(self, transform: str = "", **style: object) -> Iterator[None]:
        """Shapes drawn inside are moved, turned or faded together."""
        self._body.append(f"<g{_attributes({'transform': transform or None, **style})}>")
        yield
        self._body.append("</g>")

    @contextmanager
    def clip(self, d: str) -> Iterator[None]:
        """Shapes drawn inside are cut to the outline ``d``."""
        outline = self._define("clipPath", "", f'<path d="{d}"/>')
        self._body.append(f'<g clip-path="{outline}">')
        yield
        self._body.append("</g>")

    def _add(self, start: str, fill: str, style: dict[str, object]) -> None:
        self._body.append(f"{start}{_attributes({'fill': fill, **style})}/>")

    def _paint(self, kind: str, geometry: str, stops: Sequence[Stop]) -> str:
        last = len(stops) - 1
        drawn = [_stop(stop, index / last) for index, stop in enumerate(stops)]
        return self._define(kind, geometry, "".join(drawn))

    def _define(self, kind: str, attributes: str, content: str) -> str:
        key = f"{kind} {attributes}>{content}"
        if key not in self._paints:
            name = f"p{len(self._paints)}"
            self._paints[key] = f"url(#{name})"
            space = f" {attributes}" if attributes else ""
            self._defs.append(f'<{kind} id="{name}"{space}>{content}</{kind}>')
        return self._paints[key]


def mix(first: str, second: str, share: float) -> str:
    """The colour between two ``#rrggbb`` ones; ``share`` is how much of the second."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def tint(colour: str, share: float) -> str:
    """A lighter colour."""
    return mix(colour, "#ffffff", share)


def shade(colour: str, share: float) -> str:
    """A darker colour, kept from turning to plain black."""
    return mix(colour, "#0c0a10", share)


def _tube(colour: str, gloss: float) -> tuple[Stop, ...]:
    return (
        shade(colour, 0.42),
        (0.07, shade(colour, 0.12)),
        (0.2, tint(colour, gloss)),
        (0.3, tint(colour, gloss * 0.6)),
        (0.48, colour),
        (0.8, shade(colour, 0.34)),
        (0.93, shade(colour, 0.5)),
        (1, shade(colour, 0.28)),
    )


def _stop(stop: Stop, default: float) -> str:
    if isinstance(stop, str):
        return f'<stop offset="{_n(default)}" stop-color="{stop}"/>'
    offset, colour, *opacity = stop
    seen = f' stop-opacity="{_n(opacity[0])}"' if opacity else ""
    return f'<stop offset="{_n(offset)}" stop-color="{colour}"{seen}/>'


def _attributes(style: dict[str, object]) -> str:
    named = ((name.replace("_", "-"), value) for name, value in style.items() if value is not None)
    return "".join(f' {name}="{_n(value) if isinstance(value, float) else value}"' for name, value in named)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

"""Which drawing belongs to which product, and where the finished pictures lie."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sokopesa.demo.catalogue.pictures import (
    care,
    computing,
    fashion,
    home,
    kitchen,
    phones,
    school,
    solar,
    sport,
    tools,
)
from sokopesa.demo.catalogue.pictures.studio import Studio

FOLDER = Path(__file__).resolve().parents[3] / "catalog" / "static" / "catalog" / "pictures"

DRAWINGS: dict[str, Callable[[Studio], None]] = {
    "smartphone-6-7-inch": phones.smartphone,
    "simple-phone-dual-sim": phones.simple_phone,
    "power-bank-20000-mah": phones.power_bank,
    "fast-charger-65w": phones.fast_charger,
    "usb-c-cable-2-m": phones.usb_cable,
    "wireless-earbuds": phones.earbuds,
    "smart-watch": phones.smart_watch,
    "laptop-14-inch": computing.laptop,
    "over-ear-headphones": computing.headphones,
    "bluetooth-speaker": computing.speaker,
    "wireless-mouse": computing.mouse,
    "mechanical-keyboard": computing.keyboard,
    "usb-flash-drive-64-gb": computing.flash_drive,
    "wifi-router-4g": computing.router,
    "fm-radio-rechargeable": computing.radio,
    "solar-lantern": solar.lantern,
    "solar-panel-50w": solar.panel,
    "solar-home-kit": solar.home_kit,
    "solar-power-system-5-kwh": solar.power_system,
    "led-bulb-9w-pack-of-4": solar.led_bulbs,
    "rechargeable-torch": solar.torch,
    "solar-floodlight-100w": solar.floodlight,
    "desk-lamp-led": solar.desk_lamp,
    "sufuria-set": kitchen.sufurias,
    "electric-kettle": kitchen.kettle,
    "vacuum-flask-1-litre": kitchen.flask,
    "chefs-knife": kitchen.knife,
    "non-stick-frying-pan": kitchen.frying_pan,
    "blender-2-in-1": kitchen.blender,
    "charcoal-jiko": kitchen.jiko,
    "cutting-board": kitchen.cutting_board,
    "water-bottle-750-ml": kitchen.water_bottle,
    "kiondo-basket": home.kiondo,
    "maasai-shuka": home.shuka,
    "cotton-towel-set": home.towels,
    "wall-clock": home.wall_clock,
    "mosquito-net": home.mosquito_net,
    "ceramic-mugs-set-of-2": home.mugs,
    "cushion-kitenge": home.cushion,
    "laptop-backpack": fashion.backpack,
    "running-shoes": fashion.running_shoes,
    "mens-wrist-watch": fashion.wrist_watch,
    "sunglasses-polarised": fashion.sunglasses,
    "cotton-t-shirt": fashion.t_shirt,
    "cotton-t-shirt-white": partial(fashion.t_shirt, colour="#e4e1da"),
    "cotton-t-shirt-black": partial(fashion.t_shirt, colour="#33323a"),
    "leather-wallet": fashion.wallet,
    "umbrella": fashion.umbrella,
    "baseball-cap": fashion.baseball_cap,
    "baseball-cap-navy": partial(fashion.baseball_cap, colour="#2f3f7d"),
    "baseball-cap-red": partial(fashion.baseball_cap, colour="#b03a30"),
    "cordless-drill": tools.drill,
    "screwdriver-set": tools.screwdrivers,
    "claw-hammer": tools.hammer,
    "jembe-hoe": tools.jembe,
    "watering-can": tools.watering_can,
    "tape-measure-5-m": tools.tape_measure,
    "brass-padlock": tools.padlock,
    "football-size-5": sport.football,
    "dumbbell-pair-5-kg": sport.dumbbells,
    "yoga-mat": sport.yoga_mat,
    "bicycle-helmet": sport.helmet,
    "camping-tent-2-person": sport.tent,
    "skipping-rope": sport.skipping_rope,
    "exercise-books-pack": school.exercise_books,
    "colour-pencils-24": school.colour_pencils,
    "scientific-calculator": school.calculator,
    "school-globe": school.globe,
    "wooden-building-blocks": school.building_blocks,
    "teddy-bear": school.teddy_bear,
    "baby-feeding-bottles": school.baby_bottles,
    "hair-clipper": care.hair_clipper,
    "shea-butter": care.shea_butter,
    "hair-dryer": care.hair_dryer,
    "digital-thermometer": care.thermometer,
    "bamboo-toothbrushes": care.toothbrushes,
}


def picture(slug: str) -> str:
    """The picture of a product, or of one of its variants, as SVG text."""
    studio = Studio()
    DRAWINGS[slug](studio)
    return studio.svg()


def write_all() -> None:
    """Draw every picture into the catalogue's static files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for slug in DRAWINGS:
        (FOLDER / f"{slug}.svg").write_text(picture(slug), encoding="utf-8")

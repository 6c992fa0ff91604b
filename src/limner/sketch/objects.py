"""Every thing that can be drawn, by the name the grammar gives it."""

from types import MappingProxyType

from limner.sketch import (
    animals,
    buildings,
    creatures,
    dashboard,
    figures,
    furniture,
    heavens,
    plants,
    screens,
    shapes,
    things,
    vehicles,
)
from limner.sketch.sprite import Draw

SHAPES: dict[str, Draw] = {
    "circle": shapes.circle,
    "square": shapes.square,
    "triangle": shapes.triangle,
    "star": shapes.star,
    "heart": shapes.heart,
    "diamond": shapes.diamond,
    "hexagon": shapes.hexagon,
    "ring": shapes.band,
    "cube": shapes.cube,
}

ANIMALS: dict[str, Draw] = {
    "cat": animals.cat,
    "dog": animals.dog,
    "rabbit": animals.rabbit,
    "fox": animals.fox,
    "bear": animals.bear,
    "panda": animals.panda,
    "sheep": animals.sheep,
    "frog": animals.frog,
    "bird": creatures.bird,
    "owl": creatures.owl,
    "duck": creatures.duck,
    "penguin": creatures.penguin,
    "fish": creatures.fish,
    "whale": creatures.whale,
    "turtle": creatures.turtle,
    "butterfly": creatures.butterfly,
    "bee": creatures.bee,
    "snail": creatures.snail,
}

OUTDOORS: dict[str, Draw] = {
    "tree": plants.tree,
    "pine": plants.pine,
    "palm": plants.palm,
    "flower": plants.flower,
    "mushroom": plants.mushroom,
    "cactus": plants.cactus,
    "leaf": plants.leaf,
    "bush": plants.bush,
    "house": buildings.house,
    "castle": buildings.castle,
    "tower": buildings.tower,
    "lighthouse": buildings.lighthouse,
    "bridge": buildings.bridge,
    "windmill": buildings.windmill,
    "tent": buildings.tent,
    "boat": vehicles.boat,
    "car": vehicles.car,
    "bus": vehicles.bus,
    "train": vehicles.train,
    "bicycle": vehicles.bicycle,
    "rocket": vehicles.rocket,
    "plane": vehicles.plane,
    "balloon": vehicles.balloon,
    "airship": vehicles.airship,
    "kite": vehicles.kite,
    "streetlamp": things.streetlamp,
    "campfire": things.campfire,
    "flag": furniture.flag,
}

FIGURES: dict[str, Draw] = {
    "robot": figures.robot,
    "snowman": figures.snowman,
    "person": figures.person,
    "astronaut": figures.astronaut,
    "ghost": figures.ghost,
}

HOUSEHOLD: dict[str, Draw] = {
    "apple": plants.apple,
    "pumpkin": plants.pumpkin,
    "cake": plants.cake,
    "icecream": plants.icecream,
    "lantern": things.lantern,
    "lamp": things.lamp,
    "candle": things.candle,
    "teapot": things.teapot,
    "cup": things.cup,
    "book": things.book,
    "umbrella": things.umbrella,
    "key": things.key,
    "guitar": things.guitar,
    "clock": things.clock,
    "gift": things.gift,
    "camera": things.camera,
    "ball": things.ball,
    "gear": furniture.gear,
    "crown": furniture.crown,
    "hat": furniture.hat,
    "chair": furniture.chair,
    "sofa": furniture.sofa,
    "table": furniture.table,
    "dashboard": dashboard.dashboard,
    "laptop": screens.laptop,
    "phone": screens.phone,
    "chart": screens.chart,
    "server": screens.server,
}

HEAVENS: dict[str, Draw] = {
    "sun": heavens.sun,
    "moon": heavens.moon,
    "crescent": heavens.crescent,
    "stars": heavens.stars,
    "cloud": heavens.cloud,
    "rainbow": heavens.rainbow,
    "aurora": heavens.aurora,
    "planet": heavens.planet,
}

OBJECTS = MappingProxyType(SHAPES | ANIMALS | OUTDOORS | FIGURES | HOUSEHOLD | HEAVENS)

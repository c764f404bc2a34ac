"""Formats for Go's verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.differential.generating import double, integer, text
from tests.differential.suites.inputs.words import readable, small

Make = Callable[[Random], Any]


def formats() -> Iterator[tuple[str, str, tuple[Make, ...]]]:
    """Formats for Go's verbs, with the arguments they take and those they do not."""

    def real(random: Random) -> float:
        return double(random)

    def whole(random: Random) -> int:
        return integer(random)

    def boolean(random: Random) -> bool:
        return random.random() < 0.5

    makes: dict[str, tuple[str, Make]] = {
        "int": ("d v b c o O q x X U +d 5d -5d 05d .3d 8.3d +v #x #o #b #q #U T s f e t 08.3d +08d x5 x", whole),
        "float": ("v f e E g G F x X b .2f 8.3f -8.2f 08.2f +.1e #g .3g .0f +v d s T #v 010g  .4v .3x", real),
        "string": ("s v q x X 10s -10s .2s 5.1s #q +q #v T d 05s #x .3q t c", text),
        "bool": ("t v 7t -7t T d s q 07t", boolean),
        "bytes": ("s v x X q d T #x 10x", lambda random: random.choice((b"", b"abc", b"\x00\x7f", "é".encode()))),
    }
    for verbs, make in makes.values():
        for verb in verbs.split():
            yield f'"%{verb}|"', "[$0]", (make,)
    for whole_format, arguments, pair in (
        ("%s and %d", "[$0, $1]", (text, whole)),
        ("%d", "[$0, $1]", (whole, whole)),
        ("%d %d", "[$0]", (whole,)),
        ("%[2]d %[1]d", "[$0, $1]", (whole, whole)),
        ("%[3]d", "[$0, $1]", (whole, whole)),
        ("%*d", "[$0, $1]", (small, whole)),
        ("%.*f", "[$0, $1]", (small, real)),
        ("100%%", "[]", ()),
        ("%", "[$0]", (whole,)),
        ("%!", "[$0]", (whole,)),
        ("%z", "[$0]", (readable,)),
        ("%[x]d", "[$0]", (whole,)),
        ("%[1]d %d", "[$0, $1]", (whole, whole)),
        ("%v %v", "[nil, $0]", (readable,)),
        ("%[2]*[1]d", "[$0, $1]", (whole, small)),
        ("no verb", "[$0]", (readable,)),
        ("%6.2f%%", "[$0]", (real,)),
        ("% d|% x", "[$0, $1]", (whole, text)),
        ("%s", "[$0]", (readable,)),
        ("%-10v|", "[$0]", (readable,)),
        ("%v", '[Duration(\\"1h2m3.5s\\")]', ()),
        ("%x", "[0xabcd]", ()),
    ):
        yield f'"{whole_format}"', arguments.replace('\\"', '"'), pair

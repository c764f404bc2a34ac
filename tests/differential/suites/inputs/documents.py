"""Documents that converters parse: JSON, pairs, CSV, XML."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.differential.generating import value
from tests.differential.suites.inputs.words import damaged


def json_text(random: Random) -> str:
    """JSON documents."""
    whole = json.dumps(_plain(value(random, 3)), ensure_ascii=random.random() < 0.5, indent=random.choice((None, 2)))
    return damaged(random, whole)


def _plain(content: Any) -> Any:
    if isinstance(content, bytes):
        return content.hex()
    if isinstance(content, list):
        return [_plain(member) for member in content]
    return {key: _plain(member) for key, member in content.items()} if isinstance(content, dict) else content


def key_values(random: Random) -> str:
    """Pairs as logs have them."""
    equals, between = random.choice((("=", " "), (":", ","), ("=>", "; ")))
    pairs = [f"{random.choice(('k', 'key', 'a b', ''))}{equals}{_quoted_maybe(random)}" for _ in range(random.randint(0, 4))]
    return damaged(random, between.join(pairs))


def _quoted_maybe(random: Random) -> str:
    word = random.choice(("v", "1", "x y", "a=b", "", "it\\'s", "日本", '\\"'))
    return random.choice((word, f'"{word}"', f"'{word}'"))


def csv_row(random: Random) -> str:
    """Rows of about three fields."""
    fields = (
        "a",
        "",
        "1",
        " x ",
        '"q"',
        '"a,b"',
        '"a""b"',
        '"line\nend"',
        'x"y',
        '"open',
        "日本",
        '"a"b',
        "a\nb",
        "\r\n",
        '"x"\r\n',
        "a;b",
        '"a\r\nb"',
        "\n\n",
    )
    between = random.choice((",", ",", ";"))
    return between.join(random.choice(fields) for _ in range(random.choice((3, 3, 3, 1, 2, 4))))


def header(random: Random) -> str:
    """Names of about three fields."""
    return random.choice(("a|b|c", "a|b", "x", "", "a|a|b", "a|b|c|d"))


XPATHS = (
    "/a",
    "/",
    "//b",
    "/a/b",
    "//@*",
    "//@x",
    "/a/text()",
    "//comment()",
    "/a/b[1]",
    "//b[@x='1']",
    "/a/*",
    "//c/text()",
    "/a/b/@x",
    "//n:d",
    "//b[last()]",
)


def xml(random: Random) -> str:
    """Documents with a root `a`."""

    def element(name: str, depth: int) -> str:
        attributes = "".join(
            f' {key}="{random.choice(("1", "", "a&amp;b", "x y"))}"' for key in ("x", "y") if random.random() < 0.3
        )
        if depth == 0 or random.random() < 0.15:
            return random.choice(
                (f"<{name}{attributes}/>", f"<{name}{attributes}></{name}>", f"<{name}{attributes}>text</{name}>")
            )
        children = (
            lambda: element(random.choice(("b", "b", "c", "d")), depth - 1),
            lambda: random.choice(("text", " ", "\n  ", "a &lt; b", "&#65;", "日本")),
            lambda: "<![CDATA[raw <b>]]>",
            lambda: "<!-- note -->",
            lambda: "<?pi x?>",
            lambda: element("c", 0),
        )
        weights = (5, 3, 1, 1, 0.2, 2)
        inside = "".join(random.choices(children, weights)[0]() for _ in range(random.randint(0, 4)))
        return f"<{name}{attributes}>{inside}</{name}>"

    root = element("a", 3)
    whole = random.choice(("", "", '<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0"?>\n', "<!-- first -->")) + root
    whole += random.choice(("", "", "", "\n", "<!-- last -->", "<a>again</a>"))
    if random.random() < 0.1:
        whole = whole.replace("<a", '<a xmlns:n="urn:n"', 1).replace("<d", "<n:d").replace("</d", "</n:d")
    # Some XML is wrong; what is damaged inside of a declaration or a comment is not what converters are for.
    return damaged(random, whole) if random.random() < 0.3 and "<!" not in whole and "<?" not in whole else whole


def small_xml(random: Random) -> str:
    """Documents to insert."""
    return random.choice(("<new/>", "<new>1</new>", "<n1/><n2 k='v'>t</n2>", "text", "", "<bad", '<?xml version="1.0"?><z/>'))

"""Arguments for converters: text of the formats that they read, mostly right and often a little wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from tests.differential.generating import WORDS, double, integer, scalar, text, value

Make = Callable[[Random], Any]


def _damaged(random: Random, whole: str) -> str:
    """The text, and once in a while one character more, less or other."""
    if random.random() < 0.75 or not whole:
        return whole
    at = random.randrange(len(whole))
    return whole[:at] + random.choice(("", '"', " ", "<", "%", "\\", "9")) + whole[at + random.randint(0, 1) :]


def list_of(make: Make) -> Make:
    """Make lists."""
    return lambda random: [make(random) for _ in range(random.randint(0, 6))]


def map_of(make: Make) -> Make:
    """Make maps."""
    return lambda random: {text(random): make(random) for _ in range(random.randint(0, 5))}


def one_pair(random: Random) -> dict[str, Any]:
    """A map whose order does not show."""
    return {text(random): value(random)} if random.random() < 0.9 else {}


def readable(random: Random) -> Any:
    """A scalar that is text whatever is shown of it."""
    found = scalar(random)
    return b"abc" if isinstance(found, bytes) else found


def small(random: Random) -> int:
    """A number about the length of a word."""
    return random.randint(-1, 8)


def short(random: Random) -> str:
    """A beginning or end that words have."""
    return random.choice(("", "a", "h", "E", "x", " ", "é", "日", "some", "Name2", "http."))


def ascii_text(random: Random) -> str:
    """Text without characters of several bytes."""
    return text(random).encode("ascii", "ignore").decode()


def long_text(random: Random) -> str:
    """Text around the block sizes of hashes."""
    return "".join(random.choice(WORDS) for _ in range(random.randint(0, 60)))


def cased(random: Random) -> str:
    """Names in all spellings."""
    parts = (
        "some",
        "Name",
        "HTTP",
        "2",
        "x1",
        "_",
        "-",
        " ",
        ".",
        "ß",
        "É",
        "ı",
        "İ",
        "ǆ",
        "Straße",
        "99",
        "é",
        "URLs",
        ":",
        "/",
    )
    return "".join(random.choice(parts) for _ in range(random.randint(0, 6)))


def delimiter(random: Random) -> str:
    """Something that occurs in words."""
    return random.choice(("", " ", "=", ",", "a", "ab", ".", "日"))


def digits(random: Random) -> str:
    """Numbers as text."""
    return random.choice(
        (
            str(integer(random)),
            str(double(random)),
            random.choice(("", "+5", "-0", "0x1F", "0b101", "0o17", "017", "1_000", "0x_1F", "1__0", "zz", "7fffffffffffffff", "9223372036854775808")),
            random.choice(("true", "T", "0", "1", "FALSE", "inf", "NaN", "1e5", "1e999", "0x1p-2", " 1", "1 ", ".5", "5.", "4111 1111 1111 1111")),
            "".join(random.choice("0123456789") for _ in range(random.randint(1, 16))),
        )
    )  # fmt: skip


def base(random: Random) -> int:
    """A base, mostly one that there is."""
    return random.choice((0, 2, 8, 10, 16, 36, 1, 37, -1))


def pattern(random: Random) -> str:
    """Regular expressions, some of them wrong."""
    return random.choice(
        (
            "a", "^$", "(?i)ERROR", r"\d+", r"(?P<k>\w+)=(?P<v>.*)", "(?P<a>x)|(?P<b>y)", "(?<n>[a-z]+)", "[", "(", r"\pL+", ".*", r"\bname\b",
            "(a)(?P<x>b)?", r"(?s)^.{2}(?P<rest>.*)$", r"[[:upper:]](?P<low>[[:lower:]]+)", "(?P<k>", "a{1001}", r"\1", "(?=a)", r"\z", r"\Z",
            r"\Qa.b\E", r"(?P<x>\S+) (?P<x>\S+)",
        )
    )  # fmt: skip


def json_text(random: Random) -> str:
    """JSON documents."""
    whole = json.dumps(_plain(value(random, 3)), ensure_ascii=random.random() < 0.5, indent=random.choice((None, 2)))
    return _damaged(random, whole)


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
    return _damaged(random, between.join(pairs))


def _quoted_maybe(random: Random) -> str:
    word = random.choice(("v", "1", "x y", "a=b", "", "it\\'s", "日本", '\\"'))
    return random.choice((word, f'"{word}"', f"'{word}'"))


def csv_row(random: Random) -> str:
    """Rows of about three fields."""
    fields = (
        "a", "", "1", " x ", '"q"', '"a,b"', '"a""b"', '"line\nend"', 'x"y', '"open', "日本", '"a"b', "a\nb", "\r\n", '"x"\r\n', "a;b", '"a\r\nb"', "\n\n",
    )  # fmt: skip
    between = random.choice((",", ",", ";"))
    return between.join(random.choice(fields) for _ in range(random.choice((3, 3, 3, 1, 2, 4))))


def header(random: Random) -> str:
    """Names of about three fields."""
    return random.choice(("a|b|c", "a|b", "x", "", "a|a|b", "a|b|c|d"))


def level(random: Random) -> Any:
    """Levels as texts and numbers."""
    return random.choice(("err", "error", "warn", "info", 3, 4, 5, 6, 404, 499, 500, 2.5, None, True))


GROK = (
    "%{COMBINEDAPACHELOG}", "%{COMMONAPACHELOG}", "%{SYSLOGLINE}", "%{SYSLOGBASE}", "%{IP:ip}", "%{IPORHOST:host}:%{POSINT:port:int}",
    "%{TIMESTAMP_ISO8601:ts} %{LOGLEVEL:level} %{GREEDYDATA:message}", "%{NUMBER:n:float}", "%{WORD:w} %{NOTSPACE:x}", "%{QUOTEDSTRING:q}",
    "%{UUID:id}", "%{MAC:mac}", "%{URI:uri}", "%{UNIXPATH:path}", "%{EMAILADDRESS:mail}", "%{HTTPDATE:d}", "%{DATE:d}", "%{BOOL:b:bool}",
    "%{INT:n:int} %{DATA:rest}", "%{SYSLOG5424LINE}", "%{HOSTNAME:h.name}", "%{IPV6:six}", "%{WINPATH:p}", "%{DATESTAMP:d}",
    "%{DATESTAMP_RFC822:d}", "%{BASE16NUM:hex}", "%{TTY:tty}", "%{URN:urn}", "%{URIPATHPARAM:pp}", "(?P<first>[a-z]+) %{INT:n:long}",
)  # fmt: skip


def log_line(random: Random) -> str:
    """Lines as programs log them."""
    return _damaged(
        random,
        random.choice(
            (
                '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://example.com/start.html" "Mozilla/4.08"',
                '::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 - "-" "-"',
                "Jan  2 15:04:05 host.example.com sshd[123]: Accepted password for root",
                "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 [x y=1] message here",
                "2024-03-01T12:00:00.123+01:00 ERROR something failed",
                "2024-03-01 12:00:00 warn disk full",
                "connect 10.1.2.3:8080", "fe80::1%eth0", "2001:db8::ff00:42:8329", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "1::", "::",
                "value -12.5 true", "o-abc 42", "abc 7", '"quoted \\" string" x', "'single'", "550e8400-e29b-41d4-a716-446655440000",
                "00:1A:2b:3c:4d:5e", "00-1A-2b-3c-4d-5e", "001A.2b3c.4d5e", "https://user:pw@example.com:8443/a/b?x=1&y=[2]#f",
                "/usr/local/bin/x-y.z", "C:\\\\dir\\\\file.txt", "me.too+x@example.co.uk", "12/31/2024", "31.12.99-23:59:60", "false 0", "0xFFee",
                "Mon Jan 02 2006 15:04:05 PST", "/dev/pts/3", "urn:isbn:0451450523", "/path/x?q=1", "Jan 5 1:02:03 h p:",
            )
        ),
    )  # fmt: skip


def url(random: Random) -> str:
    """Addresses of all kinds."""
    if random.random() < 0.4:
        parts = (
            random.choice(("http://", "https://", "ftp://", "mailto:", "//", "", "HTTP://", "x+y:", "urn:", "file:///")),
            random.choice(("", "user@", "user:pass@", "u:@", ":p@", "a%20b:c%2Fd@", "u ser@")),
            random.choice(("example.com", "example.com:80", "[::1]", "[::1]:8080", "[fe80::1%25en0]", "1.2.3.4", "ex%41mple", "日本.jp", "", "a:b", "h:", "a_b")),
            random.choice(("", "/", "/a/b.txt", "/a%20b", "/a b", "/x;y=1", "/%zz", "/日本", "/a.", "a/b", "/.", "/a%2Fb.c", "//x", "/[x]", '/"<>')),
            random.choice(("", "?", "?q=1", "?a=b&c=d%20e", "?a b", "?x?y", "?#")),
            random.choice(("", "#", "#frag", "#a b", "#%20", "#日", "#a#b", "#%z")),
        )  # fmt: skip
        return "".join(parts)
    return _damaged(
        random,
        random.choice(
            (
                "http://myusername:mypassword@www.example.com:80/foo.gif?key1=val1&key2=val2#fragment", "https://www.example.com", "/relative/path.html",
                "foo.html", "?a=1&b=2&a=3", "?a=%20&b+c=d", "?a;b", "?", "mailto:joe@example.com", "*", "http://example.com:99999999999999999999/",
                "http://[::1", "http://a b/", "urn:oasis:names", "http://h/%", ":x", "a:b/c", "http://x?y#z?w", "http://x:80:90/", "http:/one/slash",
                "http://example.com/a/b/../c.tar.gz", "", "HtTp://EXAMPLE.com/Path",
            )
        ),
    )  # fmt: skip


def user_agent(random: Random) -> str:
    """Headers of browsers and programs."""
    return random.choice(
        (
            "curl/7.81.0", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", "", "-", "nonsense",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0", "Go-http-client/1.1", "python-requests/2.31.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1.2 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Safari/605.1.15",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "kube-probe/1.28", "Prometheus/2.48.0", "Wget/1.21.2",
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.144 Mobile Safari/537.36",
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "okhttp/4.12.0", "Elastic-Heartbeat/8.11.0 (linux; amd64)",
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/119.0", "Opera/9.80 (Windows NT 6.0) Presto/2.12.388 Version/12.14",
        )
    )  # fmt: skip


def address(random: Random) -> str:
    """IP addresses, and what looks like them."""
    return random.choice(
        (
            f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.1", "192.168.0.7", "::ffff:192.168.0.9", "2001:db8::1", "::1", "fe80::1%eth0", "1.2.3",
            "256.1.1.1", "", "nonsense", "01.2.3.4", "1.2.3.4/8", "2001:DB8:0:0::A", "1.2.3.4 ",
        )
    )  # fmt: skip


def network(random: Random) -> str:
    """Networks."""
    return random.choice(
        (
            "10.0.0.0/8",
            "10.1.2.3/9",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/33",
            "192.168.0.0/33",
            "10.0.0.0",
            "x",
            "::ffff:192.168.0.0/112",
            "10.0.0.0/08",
        )
    )


def port(random: Random) -> int:
    """Ports, mostly real ones."""
    return random.choice((0, 80, 443, 65535, 65536, -1, random.randint(1, 65535)))


def protocol(random: Random) -> str:
    """Names of protocols."""
    return random.choice(("TCP", "UDP", "ICMP", "ICMP6", "SCTP", "RSVP", "tcp", ""))


BASE64 = ("base64", "base64-raw", "base64-url", "base64-raw-url")


def base64_text(random: Random) -> str:
    """Base64 of text in one of the variants, sometimes cut or broken in a way that gives no bytes."""
    data = text(random).encode()
    encoded = random.choice((base64.b64encode, base64.urlsafe_b64encode))(data).decode()
    encoded = random.choice((encoded, encoded.rstrip("=")))
    return random.choice(
        (encoded, encoded, encoded, encoded + "=", encoded + "!", "\n".join(encoded), " " + encoded, encoded + "\r\n")
    )


CHARSETS = {
    "utf-8": "utf-8", "utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "iso-8859-1": "latin-1", "ISO-8859-15": "iso8859-15",
    "windows-1252": "cp1252", "windows-1251": "cp1251", "koi8-r": "koi8-r", "shift_jis": "shift_jis", "euc-jp": "euc-jp", "gbk": "gbk",
    "gb18030": "gb18030", "big5": "big5", "euc-kr": "euc-kr", "iso-2022-jp": "iso-2022-jp", "macintosh": "mac-roman", "us-ascii": "ascii", "ibm437": "cp437",
}  # fmt: skip


def bytes_in(codec: str) -> Make:
    """Make bytes of a character set."""
    words = ("", "plain", "naïve", "日本語", "ünïcödé", "привет", "한국어", "€5", "中文", "line\r\nend")

    def make(random: Random) -> bytes:
        return random.choice(words).encode(codec, "ignore")

    return make


def encoding_name(random: Random) -> str:
    """Names of encodings, some of them unknown."""
    return random.choice(("utf8", "UTF-8", "latin1", "nonsense", "", "nop", "ascii", "base64", "cp1252", "ISO-8859-1"))


def identifier(random: Random) -> Any:
    """Ids as bytes and as hex."""
    size = random.choice((8, 16, 16, 7))
    data = random.randbytes(size)
    return random.choice((data, data.hex(), data.hex().upper(), "z" * size * 2, None, 5, ""))


def sortable(random: Random) -> Any:
    """Lists of what has an order."""
    make = random.choice((integer, double, ascii_text, scalar, lambda random: random.choice((integer(random), double(random)))))
    # Of equal members any may be first.
    members = {repr(_order(member)): member for member in list_of(make)(random)}
    return list(members.values()) if random.random() < 0.95 else value(random)


def _order(member: Any) -> Any:
    return float(member) if isinstance(member, (int, float)) and not isinstance(member, bool) else member


def text_or_list(random: Random) -> Any:
    """What Index looks into."""
    return random.choice((text, list_of(scalar), value))(random)


def mostly_nil(random: Random) -> Any:
    """Nil, or anything."""
    return None if random.random() < 0.7 else value(random)


def named_list(random: Random) -> list[Any]:
    """Lists of maps with a name and a value."""

    def member() -> Any:
        inner = {
            "name": random.choice(("x", "y", "z", 1)),
            "value": scalar(random),
            "at": random.choice(({"name": "deep"}, "flat")),
        }
        for key in list(inner):
            if random.random() < 0.1:
                del inner[key]
        return inner if random.random() < 0.95 else scalar(random)

    return [member() for _ in range(random.randint(0, 4))]


def seconds(random: Random) -> int:
    """Seconds since 1970 of the years 1 to 2262."""
    return random.choice(
        (0, 1, -1, 1_700_000_000, 951_782_400, random.randint(-9_000_000_000, 9_000_000_000), random.randint(0, 2_000_000_000))
    )


def nanoseconds(random: Random) -> int:
    """Nanoseconds of a second, and a little beyond."""
    return random.choice((0, 1, 999_999_999, 500_000_000, 120_000_000, 1_500_000_000, -1, random.randint(0, 999_999_999)))


def duration(random: Random) -> str:
    """Durations as Go reads them."""
    unit = random.choice(("ns", "us", "µs", "μs", "ms", "s", "m", "h", "d", ""))
    number = random.choice(("0", "1", "1.5", ".5", "5.", "100", "0.000000001", "9223372036", "3.999999999999", "1e3", "", "."))
    return random.choice(("", "-", "+")) + random.choice((f"{number}{unit}", f"1h{number}{unit}", f"{number}{unit}1ms", "0"))


TIME_FORMATS = tuple(
    (form, rest)
    for form in (
        "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S", "%d/%b/%Y:%H:%M:%S %z", "%b %e %Y %H:%M:%S", "%F %T", "%D %R", "%Y-%m-%dT%H:%M:%S.%L%z", "%c",
        "%Y-%m-%d %I:%M:%S %p", "%a, %d %b %Y %H:%M:%S %Z", "%A %B %d %Y %l:%M %P", "%y%m%d %H%M%S", "%Y-%m-%dT%H:%M:%S,%fZ", "%m/%g/%Y",
        "%Y-%m-%d %H:%M:%S %j", "%Y-%m-%d %H:%M:%S %i",
    )
    for rest in ("", ', "Europe/Berlin"', ', "America/New_York"')
)  # fmt: skip


def time_text(form: str) -> Make:
    """Make times in about the format."""

    def make(random: Random) -> str:
        moment = datetime(2000, 1, 1, tzinfo=timezone.utc) + timedelta(
            seconds=random.randint(-900_000_000, 900_000_000), microseconds=random.choice((0, 120_000, 123_456))
        )
        moment = moment.astimezone(timezone(timedelta(minutes=random.choice((0, 60, -300, 330)))))
        offset = moment.strftime("%z")
        fraction = f"{moment.microsecond:06d}"
        values = {
            "%z": random.choice((offset, f"{offset[:3]}:{offset[3:]}", offset[:3], "Z")), "%j": f"{offset[:3]}:{offset[3:]}", "%i": offset[:3],
            "%Z": random.choice(("UTC", "GMT", "CET", "EST", "CEST", "PST", "GMT+3", "MST")), "%L": fraction[:3], "%f": fraction, "%g": str(moment.day),
            "%e": random.choice((str(moment.day), f"{moment.day:2d}")), "%l": str(moment.hour % 12 or 12), "%P": moment.strftime("%p").lower(),
            "%D": moment.strftime(random.choice(("%m/%d/%y", "%m/%d/%Y"))), "%m": random.choice((f"{moment.month:02d}", str(moment.month))),
            "%d": random.choice((f"{moment.day:02d}", str(moment.day), f" {moment.day}")), "%c": moment.strftime("%a %b %d %H:%M:%S %Y"),
        }  # fmt: skip
        out = "".join(part if not part.startswith("%") else values.get(part, moment.strftime(part)) for part in _directives(form))
        return (
            out
            if random.random() < 0.85
            else random.choice(("", "x" + out, out.upper(), out.replace(" ", "  ", 1), out[1:], out.replace(":", "-", 1)))
        )

    return make


def _directives(form: str) -> Iterator[str]:
    at = 0
    while at < len(form):
        size = 2 if form[at] == "%" else 1
        yield form[at : at + size]
        at += size


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
            lambda: element(random.choice(("b", "b", "c", "d")), depth - 1), lambda: random.choice(("text", " ", "\n  ", "a &lt; b", "&#65;", "日本")),
            lambda: "<![CDATA[raw <b>]]>", lambda: "<!-- note -->", lambda: "<?pi x?>", lambda: element("c", 0),
        )  # fmt: skip
        weights = (5, 3, 1, 1, 0.2, 2)
        inside = "".join(random.choices(children, weights)[0]() for _ in range(random.randint(0, 4)))
        return f"<{name}{attributes}>{inside}</{name}>"

    root = element("a", 3)
    whole = random.choice(("", "", '<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0"?>\n', "<!-- first -->")) + root
    whole += random.choice(("", "", "", "\n", "<!-- last -->", "<a>again</a>"))
    if random.random() < 0.1:
        whole = whole.replace("<a", '<a xmlns:n="urn:n"', 1).replace("<d", "<n:d").replace("</d", "</n:d")
    return _damaged(random, whole) if random.random() < 0.3 else whole


def small_xml(random: Random) -> str:
    """Documents to insert."""
    return random.choice(("<new/>", "<new>1</new>", "<n1/><n2 k='v'>t</n2>", "text", "", "<bad", '<?xml version="1.0"?><z/>'))


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
    }  # fmt: skip
    for verbs, make in makes.values():
        for verb in verbs.split():
            yield f'"%{verb}|"', "[$0]", (make,)
    for whole_format, arguments, pair in (
        ("%s and %d", "[$0, $1]", (text, whole)), ("%d", "[$0, $1]", (whole, whole)), ("%d %d", "[$0]", (whole,)), ("%[2]d %[1]d", "[$0, $1]", (whole, whole)),
        ("%[3]d", "[$0, $1]", (whole, whole)), ("%*d", "[$0, $1]", (small, whole)), ("%.*f", "[$0, $1]", (small, real)), ("100%%", "[]", ()), ("%", "[$0]", (whole,)),
        ("%!", "[$0]", (whole,)), ("%z", "[$0]", (readable,)), ("%[x]d", "[$0]", (whole,)), ("%[1]d %d", "[$0, $1]", (whole, whole)), ("%v %v", "[nil, $0]", (readable,)),
        ("%[2]*[1]d", "[$0, $1]", (whole, small)), ("no verb", "[$0]", (readable,)), ("%6.2f%%", "[$0]", (real,)), ("% d|% x", "[$0, $1]", (whole, text)),
        ("%s", "[$0]", (readable,)), ("%-10v|", "[$0]", (readable,)), ("%v", "[Duration(\\\"1h2m3.5s\\\")]", ()), ("%x", "[0xabcd]", ()),
    ):  # fmt: skip
        yield f'"{whole_format}"', arguments.replace('\\"', '"'), pair

"""Addresses of all kinds, and what identifies a client."""

from __future__ import annotations

from random import Random

from tests.differential.suites.inputs.words import damaged


def url(random: Random) -> str:
    """Addresses of all kinds."""
    if random.random() < 0.4:
        parts = (
            random.choice(("http://", "https://", "ftp://", "mailto:", "//", "", "HTTP://", "x+y:", "urn:", "file:///")),
            random.choice(("", "user@", "user:pass@", "u:@", ":p@", "a%20b:c%2Fd@", "u ser@")),
            random.choice(
                (
                    "example.com",
                    "example.com:80",
                    "[::1]",
                    "[::1]:8080",
                    "[fe80::1%25en0]",
                    "1.2.3.4",
                    "ex%41mple",
                    "日本.jp",
                    "",
                    "a:b",
                    "h:",
                    "a_b",
                )
            ),
            random.choice(
                (
                    "",
                    "/",
                    "/a/b.txt",
                    "/a%20b",
                    "/a b",
                    "/x;y=1",
                    "/%zz",
                    "/日本",
                    "/a.",
                    "a/b",
                    "/.",
                    "/a%2Fb.c",
                    "//x",
                    "/[x]",
                    '/"<>',
                )
            ),
            random.choice(("", "?", "?q=1", "?a=b&c=d%20e", "?a b", "?x?y", "?#")),
            random.choice(("", "#", "#frag", "#a b", "#%20", "#日", "#a#b", "#%z")),
        )
        return "".join(parts)
    return damaged(
        random,
        random.choice(
            (
                "http://myusername:mypassword@www.example.com:80/foo.gif?key1=val1&key2=val2#fragment",
                "https://www.example.com",
                "/relative/path.html",
                "foo.html",
                "?a=1&b=2&a=3",
                "?a=%20&b+c=d",
                "?a;b",
                "?",
                "mailto:joe@example.com",
                "*",
                "http://example.com:99999999999999999999/",
                "http://[::1",
                "http://a b/",
                "urn:oasis:names",
                "http://h/%",
                ":x",
                "a:b/c",
                "http://x?y#z?w",
                "http://x:80:90/",
                "http:/one/slash",
                "http://example.com/a/b/../c.tar.gz",
                "",
                "HtTp://EXAMPLE.com/Path",
            )
        ),
    )


def user_agent(random: Random) -> str:
    """Headers of browsers and programs."""
    return random.choice(
        (
            "curl/7.81.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
            "",
            "-",
            "nonsense",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
            "Go-http-client/1.1",
            "python-requests/2.31.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1.2 Mobile/15E148 Safari/604.1",  # noqa: E501
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Safari/605.1.15",  # noqa: E501
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "kube-probe/1.28",
            "Prometheus/2.48.0",
            "Wget/1.21.2",
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.144 Mobile Safari/537.36",  # noqa: E501
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "okhttp/4.12.0",
            "Elastic-Heartbeat/8.11.0 (linux; amd64)",
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/119.0",
            "Opera/9.80 (Windows NT 6.0) Presto/2.12.388 Version/12.14",
        )
    )


def address(random: Random) -> str:
    """IP addresses, and what looks like them."""
    return random.choice(
        (
            f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.1",
            "192.168.0.7",
            "::ffff:192.168.0.9",
            "2001:db8::1",
            "::1",
            "fe80::1%eth0",
            "1.2.3",
            "256.1.1.1",
            "",
            "nonsense",
            "01.2.3.4",
            "1.2.3.4/8",
            "2001:DB8:0:0::A",
            "1.2.3.4 ",
        )
    )


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

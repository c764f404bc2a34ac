"""Lines of logs, with the grok patterns that read them."""

from __future__ import annotations

from random import Random

from tests.differential.suites.inputs.words import damaged

GROK = (
    "%{COMBINEDAPACHELOG}",
    "%{COMMONAPACHELOG}",
    "%{SYSLOGLINE}",
    "%{SYSLOGBASE}",
    "%{IP:ip}",
    "%{IPORHOST:host}:%{POSINT:port:int}",
    "%{TIMESTAMP_ISO8601:ts} %{LOGLEVEL:level} %{GREEDYDATA:message}",
    "%{NUMBER:n:float}",
    "%{WORD:w} %{NOTSPACE:x}",
    "%{QUOTEDSTRING:q}",
    "%{UUID:id}",
    "%{MAC:mac}",
    "%{URI:uri}",
    "%{UNIXPATH:path}",
    "%{EMAILADDRESS:mail}",
    "%{HTTPDATE:d}",
    "%{DATE:d}",
    "%{BOOL:b:bool}",
    "%{INT:n:int} %{DATA:rest}",
    "%{SYSLOG5424LINE}",
    "%{HOSTNAME:h.name}",
    "%{IPV6:six}",
    "%{WINPATH:p}",
    "%{DATESTAMP:d}",
    "%{DATESTAMP_RFC822:d}",
    "%{BASE16NUM:hex}",
    "%{TTY:tty}",
    "%{URN:urn}",
    "%{URIPATHPARAM:pp}",
    "(?P<first>[a-z]+) %{INT:n:long}",
)


def log_line(random: Random) -> str:
    """Lines as programs log them."""
    return damaged(
        random,
        random.choice(
            (
                '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://example.com/start.html" "Mozilla/4.08"',  # noqa: E501
                '::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 - "-" "-"',
                "Jan  2 15:04:05 host.example.com sshd[123]: Accepted password for root",
                "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 [x y=1] message here",
                "2024-03-01T12:00:00.123+01:00 ERROR something failed",
                "2024-03-01 12:00:00 warn disk full",
                "connect 10.1.2.3:8080",
                "fe80::1%eth0",
                "2001:db8::ff00:42:8329",
                "::ffff:1.2.3.4",
                "1:2:3:4:5:6:7:8",
                "1::",
                "::",
                "value -12.5 true",
                "o-abc 42",
                "abc 7",
                '"quoted \\" string" x',
                "'single'",
                "550e8400-e29b-41d4-a716-446655440000",
                "00:1A:2b:3c:4d:5e",
                "00-1A-2b-3c-4d-5e",
                "001A.2b3c.4d5e",
                "https://user:pw@example.com:8443/a/b?x=1&y=[2]#f",
                "/usr/local/bin/x-y.z",
                "C:\\\\dir\\\\file.txt",
                "me.too+x@example.co.uk",
                "12/31/2024",
                "31.12.99-23:59:60",
                "false 0",
                "0xFFee",
                "Mon Jan 02 2006 15:04:05 PST",
                "/dev/pts/3",
                "urn:isbn:0451450523",
                "/path/x?q=1",
                "Jan 5 1:02:03 h p:",
            )
        ),
    )

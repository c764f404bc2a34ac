"""The pieces that grok patterns are made of, by name: general ones, and those of Apache's and syslog's lines.

Names and keys are those that grok patterns for the Go collector use, so that these move over. RE2's dialect: no look-around.
"""


def _ipv6() -> str:
    """Match an IPv6 address as RFC 4291 writes it: eight groups, `::` for any number of them, the last two as an IPv4 address."""
    group, byte = "[0-9A-Fa-f]{1,4}", r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
    ipv4 = rf"{byte}(?:\.{byte}){{3}}"
    forms = [f"(?:{group}:){{7}}(?:{group}|:)"]
    for before in range(6, 0, -1):
        after = 7 - before
        forms.append(
            f"(?:{group}:){{{before}}}(?:"
            + ("" if before == 6 else f"(?::{group}){{1,{after}}}|")
            + ("" if before >= 5 else f"(?::{group}){{0,{after - 2}}}")
            + (f":{group}|{ipv4}|:" if before == 6 else f":{ipv4}|:")
            + ")"
        )
    forms.append(f":(?:(?::{group}){{1,7}}|(?::{group}){{0,5}}:{ipv4}|:)")
    return f"(?:{'|'.join(f'(?:{form})' for form in forms)})(?:%.+)?"


_HOST_LABEL = "[0-9A-Za-z][0-9A-Za-z-]{0,62}"
_IPV4_BYTE = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"

_TEXT = {
    "WORD": r"\b\w+\b",
    "NOTSPACE": r"\S+",
    "SPACE": r"\s*",
    "DATA": ".*?",
    "GREEDYDATA": ".*",
    "QUOTEDSTRING": r""""(?:[^"\\]*(?:\\.[^"\\]*)*)"|'(?:[^'\\]*(?:\\.[^'\\]*)*)'""",
    "QS": "%{QUOTEDSTRING}",
    "UUID": "[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
    "URN": "urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#-]+",
    "BOOL": "true|false",
    "LOGLEVEL": (
        "(?i)(?:alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|emerg(?:ency)?)"
    ),
}
_NUMBERS = {
    "INT": "[+-]?[0-9]+",
    "NUMBER": "(?:%{BASE10NUM})",
    "BASE10NUM": r"(?:[+-]?[0-9]+(?:\.[0-9]+)?|\.[0-9]+)",
    "BASE16NUM": "[+-]?(?:0x)?[0-9A-Fa-f]+",
    "BASE16FLOAT": r"[+-]?(?:0x)?[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?",
    "POSINT": r"\b[1-9][0-9]*\b",
    "NONNEGINT": r"\b[0-9]+\b",
}
_NETWORK = {
    "IP": "(?:%{IPV6}|%{IPV4})",
    "IPV6": _ipv6(),
    "IPV4": rf"(?:{_IPV4_BYTE}\.){{3}}{_IPV4_BYTE}",
    "IPORHOST": "(?:%{IP}|%{HOSTNAME})",
    "HOSTNAME": rf"\b{_HOST_LABEL}(?:\.{_HOST_LABEL})*(?:\.?|\b)",
    "HOSTPORT": "%{IPORHOST}:%{POSINT}",
    "EMAILLOCALPART": "[a-zA-Z][a-zA-Z0-9_.+-=:]+",
    "EMAILADDRESS": "%{EMAILLOCALPART}@%{HOSTNAME}",
    "USERNAME": "[a-zA-Z0-9._-]+",
    "USER": "%{USERNAME}",
    "MAC": "(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})",
    "CISCOMAC": r"(?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4}",
    "WINDOWSMAC": "(?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2}",
    "COMMONMAC": "(?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2}",
}
_PATHS = {
    "UNIXPATH": r"(?:/[\w%!$@:.,+~-]+)+",
    "TTY": r"/dev/(?:pts|tty[pq]?)\w*/?[0-9]+",
    "WINPATH": r"[A-Za-z]+:(?:\\[^\\?*]+)+",
    "PATH": "(?:%{UNIXPATH}|%{WINPATH})",
    "URIPROTO": r"[A-Za-z][A-Za-z0-9+.\-]+",
    "URIHOST": "%{IPORHOST}(?::%{POSINT})?",
    "URIPATH": r"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_\-]+)+",
    "URIQUERY": r"[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\-\[\]<>]*",
    "URIPARAM": r"\?%{URIQUERY}",
    "URIPATHPARAM": r"%{URIPATH}(?:\?%{URIQUERY})?",
    "URI": r"%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?%{URIHOST}(?:%{URIPATH}(?:\?%{URIQUERY})?)?",
}
_DATES = {
    "MONTH": (
        r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
        r"|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b"
    ),
    "MONTHNUM": "(?:0[1-9]|1[0-2])",
    "MONTHDAY": "(?:0[1-9]|[12][0-9]|3[01]|[1-9])",
    "DAY": r"\b(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)\b",
    "YEAR": r"(?:\d\d){1,2}",
    "HOUR": "(?:2[0-3]|[01]?[0-9])",
    "MINUTE": "[0-5][0-9]",
    "SECOND": "(?:[0-5][0-9]|60)(?:[:.,][0-9]+)?",
    "TIME": "%{HOUR}:%{MINUTE}(?::%{SECOND})?",
    "DATE_US": "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}",
    "DATE_EU": "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}",
    "DATE": "%{DATE_US}|%{DATE_EU}",
    "DATESTAMP": "%{DATE}[- ]%{TIME}",
    "ISO8601_TIMEZONE": "(?:Z|[+-]%{HOUR}(?::?%{MINUTE}))",
    "ISO8601_SECOND": "%{SECOND}",
    "TIMESTAMP_ISO8601": "%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?",
    "TZ": "(?:[PMACE][SED]T|UTC)",
    "DATESTAMP_RFC822": "%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}",
    "DATESTAMP_RFC2822": "%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}",
    "DATESTAMP_OTHER": "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}",
    "DATESTAMP_EVENTLOG": "%{YEAR}%{MONTHNUM}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}",
    "HTTPDATE": "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}",
}
_SYSLOG = {
    "SYSLOGTIMESTAMP": "%{MONTH} +%{MONTHDAY} %{TIME}",
    "PROG": r"[!-Z\\^-~]+",
    "SYSLOGPROG": r"%{PROG}(?:\[\d+\])?",
    "SYSLOGHOST": "%{IPORHOST}",
    "SYSLOGFACILITY": "<%{NONNEGINT}.%{NONNEGINT}>",
    "SYSLOGBASE": "%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:host.name} %{SYSLOGPROG}:",
    "SYSLOGBASE2": (
        "(?:%{SYSLOGTIMESTAMP:timestamp}|%{TIMESTAMP_ISO8601:timestamp})(?: %{SYSLOGFACILITY})?"
        "(?: %{SYSLOGHOST:host.name})?(?: %{SYSLOGPROG}:)?"
    ),
    "SYSLOGLINE": "%{SYSLOGBASE2} %{GREEDYDATA:message}",
    "SYSLOG5424PRINTASCII": "[!-~]+",
    "SYSLOG5424PRI": "<%{NONNEGINT:log.syslog.priority:int}>",
    "SYSLOG5424SD": r"\[%{DATA}\]+",
    "SYSLOG5424BASE": " +".join(
        (
            "%{SYSLOG5424PRI}%{NONNEGINT:system.syslog.version}",
            "(?:-|%{TIMESTAMP_ISO8601:timestamp})",
            "(?:-|%{IPORHOST:host.name})",
            "(?:-|%{SYSLOG5424PRINTASCII:process.command})",
            "(?:-|%{POSINT:process.pid:int})",
            "(?:-|%{SYSLOG5424PRINTASCII:event.code})",
            "(?:-|%{SYSLOG5424SD:system.syslog.structured_data})?",
        )
    ),
    "SYSLOG5424LINE": "%{SYSLOG5424BASE} +%{GREEDYDATA:message}",
}
_APACHE = {
    "HTTPDUSER": "%{EMAILADDRESS}|%{USER}",
    "HTTPDERROR_DATE": "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR}",
    "HTTPD_COMMONLOG": " ".join(
        (
            "%{IPORHOST:source.address}",
            "(?:-|%{HTTPDUSER:apache.access.user.identity})",
            "(?:-|%{HTTPDUSER:user.name})",
            r"\[%{HTTPDATE:timestamp}\]",
            '"(?:%{WORD:http.request.method} %{NOTSPACE:url.original}(?: HTTP/%{NUMBER:http.version})?|%{DATA})"',
            "(?:-|%{INT:http.response.status_code:int})",
            "(?:-|%{INT:http.response.body.size:long})",
        )
    ),
    "HTTPD_COMBINEDLOG": '%{HTTPD_COMMONLOG} "(?:-|%{DATA:http.request.referrer})" "(?:-|%{DATA:user_agent.original})"',
    "COMMONAPACHELOG": "%{HTTPD_COMMONLOG}",
    "COMBINEDAPACHELOG": "%{HTTPD_COMBINEDLOG}",
}
PATTERNS: dict[str, str] = {**_TEXT, **_NUMBERS, **_NETWORK, **_PATHS, **_DATES, **_SYSLOG, **_APACHE}
"""Expression by name; expressions refer to others by `%{NAME}`."""

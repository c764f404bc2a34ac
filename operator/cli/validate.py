"""`otel-operator validate` and `kubectl otel validate`: what a cluster would say to manifests, without one."""

import argparse
import sys
from typing import TYPE_CHECKING

from otel_operator.cli import terminal
from otel_operator.cli.documents import Unreadable, read_documents
from otel_operator.cli.injection_options import INJECTION_OPTIONS, injection_settings
from otel_operator.cli.sources import Option, add_options, resolve
from otel_operator.cli.streams import standard_input
from otel_operator.errors import OperatorError
from otel_operator.settings import Settings

if TYPE_CHECKING:
    from otel_operator.cli.judgement import Report

FINE, FOUND, UNREADABLE = 0, 1, 2
OPTIONS = (
    Option(
        "collector-image",
        "RELATED_IMAGE_COLLECTOR",
        Settings().collector_image,
        str,
        "image of collectors without spec.image; settings of components are judged for it only",
    ),
    *INJECTION_OPTIONS,
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the parser of this subcommand."""
    parser = subparsers.add_parser(
        "validate",
        help="check manifests and collector configurations, without a cluster",
        description="Checks OpenTelemetryCollectors and Instrumentations as the API server and the operator's webhook do, and "
        "configuration files of the collector as `otelcol validate` does, with ${...} left as it is. Other documents are "
        "passed over.",
        epilog="Exit code: 0 all is well, 1 errors were found, 2 wrong usage or input that cannot be read.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="file, directory (*.yaml, *.yml and *.json in it and below), or - for standard input",
    )
    parser.add_argument("-o", "--output", choices=("text", "json", "sarif"), default="text", help="form of the findings")
    parser.add_argument("--strict", action="store_true", help="count warnings as errors for the exit code")
    add_options(parser, OPTIONS)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the findings, and a summary on standard error; return the exit code."""
    try:
        values = resolve(args, OPTIONS)
        documents = read_documents(args.paths, standard_input())
    except Unreadable as error:
        print(error, file=sys.stderr)
        if args.output != "text":
            from otel_operator.cli.judgement import unread

            _write(unread(error), args.output)
        return UNREADABLE
    except OperatorError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    from otel_operator.cli.findings_text import summary
    from otel_operator.cli.judgement import ERROR, judge

    settings = Settings(collector_image=values["collector-image"], injection=injection_settings(values))
    report = judge(documents, settings)
    _write(report, args.output)
    sys.stdout.flush()
    print(summary(report), file=sys.stderr)
    return FOUND if report.count(ERROR) or (args.strict and report.findings) else FINE


def _write(report: "Report", form: str) -> None:
    from otel_operator.cli.findings_text import as_json, as_text
    from otel_operator.cli.sarif import as_sarif

    if form == "text":
        terminal.write(as_text(report), terminal.FINDINGS)
    else:
        sys.stdout.write({"json": as_json, "sarif": as_sarif}[form](report))

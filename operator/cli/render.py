"""`otel-operator render`: collectors in, the exact objects that the manager makes of them out, without a cluster."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from otel_operator.cli.child_options import CHILD_OPTIONS, child_settings
from otel_operator.cli.documents import Document, read_documents
from otel_operator.cli.object_files import FORMS, Identity, files_of, identity, stream_of, write_files
from otel_operator.cli.sources import add_options, proxy_environment, resolve
from otel_operator.cli.streams import standard_input
from otel_operator.errors import ConfigError, OperatorError
from otel_operator.json_types import JsonObject
from otel_operator.settings import Settings

_DESCRIPTION = """\
Writes what the manager would make of each OpenTelemetryCollector (v1beta1 or v1alpha1): the same defaults, checks and builders,
no cluster. A collector that admission would refuse is an error, and nothing is written then. The objects have no ownerReferences:
those need the uid of a collector in a cluster. So what you apply yourself is not removed with the collector, until a manager that
finds the collector takes it over."""

_NAMESPACE = "default"
_UNMANAGED = "spec.managementState: the manager leaves an unmanaged collector alone, so nothing is made of it"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the parser of this subcommand."""
    parser = subparsers.add_parser(
        "render",
        help="write the objects that the manager makes of collectors",
        description=_DESCRIPTION,
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and directories with manifests; `-` is standard input")
    parser.add_argument(
        "-n", "--namespace", default=_NAMESPACE, metavar="NAME", help="namespace of what names none (default %(default)s)"
    )
    parser.add_argument("-o", "--output", choices=FORMS, default="yaml", help="form (default %(default)s)")
    parser.add_argument(
        "--output-dir",
        type=Path,
        metavar="DIR",
        help="write a file for each object, <kind>-<namespace>-<name>.yaml; other files in the directory stay",
    )
    parser.add_argument(
        "--include-others",
        action="store_true",
        help="write the other objects of the input too, unchanged; left out otherwise",
    )
    parser.add_argument(
        "--proxy-environment",
        action="store_true",
        help="give the collectors HTTP_PROXY, HTTPS_PROXY and NO_PROXY of this environment, as the manager does with its own",
    )
    add_options(parser, CHILD_OPTIONS)
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the objects; 1 when a collector is refused."""
    settings = child_settings(resolve(args, CHILD_OPTIONS), proxy_environment() if args.proxy_environment else {})
    documents = read_documents(args.paths, standard_input())
    rendered = list(_rendered(documents, settings, args))
    if any(objects is None for _, objects in rendered):
        return 1
    objects = list(_distinct((document, obj) for document, objects in rendered for obj in objects or ()))
    if args.output_dir is not None:
        write_files(args.output_dir, files_of(objects, args.output))
        print(f"wrote {len(objects)} objects to {args.output_dir}", file=sys.stderr)
    else:
        sys.stdout.write(stream_of(objects, args.output))
    return 0


def _rendered(
    documents: Iterable[Document], settings: Settings, args: argparse.Namespace
) -> Iterator[tuple[Document, tuple[JsonObject, ...] | None]]:
    """Yield the documents with the objects of each, None for a collector that is refused; say on stderr what there is to say."""
    from otel_operator.cli.findings_text import as_text
    from otel_operator.cli.judgement import ERROR, judge
    from otel_operator.reconcile.offline import children, foreign_objects, is_collector, is_managed, placed

    manifests = [
        (document, placed(document.value, args.namespace or _NAMESPACE))
        for document in documents
        if isinstance(document.value, dict)
    ]
    foreign = foreign_objects(manifest for _, manifest in manifests)
    collectors = 0
    for document, manifest in manifests:
        if not is_collector(manifest):
            if args.include_others and identity(document.value):
                yield document, (document.value,)
            continue
        collectors += 1
        report = judge([replace(document, value=manifest)], settings)
        sys.stderr.write(as_text(report))
        refused = report.count(ERROR) > 0
        place = f"{document.source}:{document.line}"
        if not refused and not is_managed(manifest):
            print(f"{place}: warning: {_name(manifest)}: {_UNMANAGED}", file=sys.stderr)
        try:
            yield document, None if refused else children(manifest, settings, foreign)
        except ConfigError as error:
            raise OperatorError(f"{place}: error: {_name(manifest)}: {error}") from error
    if not collectors:
        print(f"no OpenTelemetryCollector in {', '.join(args.paths)}", file=sys.stderr)


def _distinct(objects: Iterable[tuple[Document, JsonObject]]) -> Iterator[JsonObject]:
    """Yield the objects; OperatorError for two of one name, of which a cluster could hold only one."""
    first: dict[Identity | None, Document] = {}
    for document, obj in objects:
        key = identity(obj)
        if key in first:
            places = " and ".join(f"{source.source}:{source.line}" for source in (first[key], document))
            raise OperatorError(f"{key} comes of both {places}; remove or rename one")
        first[key] = document
        yield obj


def _name(manifest: JsonObject) -> str:
    metadata = manifest.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    return f"OpenTelemetryCollector {known.get('namespace', '')}/{known.get('name', '')}"

"""`otel-operator manifests`: writes the one-file install, or what the Helm chart has of it."""

import argparse
import sys
from pathlib import Path

from otel_operator.resources.install.names import Installation

_DEFAULTS = Installation()


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the parser of this subcommand."""
    parser = subparsers.add_parser("manifests", help="write the one-file install", allow_abbrev=False)
    parser.add_argument("--image", default=_DEFAULTS.image, help="image of manager and webhook (default %(default)s)")
    parser.add_argument(
        "--collector-image",
        default="",
        metavar="IMAGE",
        help="of collectors without spec.image (default: the operator's own)",
    )
    parser.add_argument("--namespace", default=_DEFAULTS.namespace, help="where they run (default %(default)s)")
    parser.add_argument(
        "--replicas", type=int, default=_DEFAULTS.replicas, help="of manager and webhook each (default %(default)s)"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    parser.add_argument(
        "--chart", type=Path, metavar="DIR", help="instead: write the generated files of the chart in this folder"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the manifest or the chart's files; 0."""
    from otel_operator.api.crd import build_crds
    from otel_operator.resources.install.chart import chart_files
    from otel_operator.resources.install.manifest import install_objects, to_yaml

    if args.chart is not None:
        for path, content in chart_files(build_crds()).items():
            target = args.chart / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        return 0
    install = Installation(
        image=args.image, collector_image=args.collector_image, namespace=args.namespace, replicas=args.replicas
    )
    text = to_yaml(install_objects(install, build_crds()), install)
    if args.output is None:
        sys.stdout.write(text)
    else:
        args.output.write_text(text, encoding="utf-8")
    return 0

"""`python -m e2e.images build [NAME...]`: build images and print the archives, one `NAME REFERENCE PATH` a line."""

import argparse
import sys

from e2e.cluster.errors import ClusterError
from e2e.images.build import IMAGES, PRODUCT, build


def main(argv: list[str] | None = None) -> int:
    """Parse arguments, build, print archives; exit code 1 with the reason when a build fails."""
    parser = argparse.ArgumentParser(prog="python -m e2e.images", description=__doc__)
    parser.add_argument("command", choices=["build"])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(IMAGES)}; default: {', '.join(PRODUCT)}")
    parser.add_argument("--builder", choices=["auto", "docker", "podman", "buildah"], default="auto")
    parser.add_argument("--base", help="base image with Python 3.11 (default: a public one, or one made from Debian packages)")
    args = parser.parse_args(argv)
    unknown = set(args.names) - set(IMAGES)
    if unknown:
        parser.error(f"unknown image {', '.join(sorted(unknown))}; known: {', '.join(IMAGES)}")
    try:
        for name in args.names or PRODUCT:
            archive = build(name, builder=args.builder, base=args.base)
            print(f"{name} {archive.reference} {archive.path}")
    except ClusterError as error:
        sys.stderr.write(f"image build failed: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

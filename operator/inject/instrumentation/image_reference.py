"""Reading an image reference, by the grammar of container registries (github.com/distribution/reference)."""

import re

_LONGEST_NAME = 255
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")


def image_version(reference: str) -> str | None:
    """Return the tag, `tag@digest` or the digest of an image, None where it has neither or is no image reference.

    >>> image_version("registry:5000/shop/web:1.2")
    '1.2'
    """
    rest, at, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    name = f"{head}{slash}{last}"
    if len(name) > _LONGEST_NAME or not _is_name(name):
        return None
    if (colon and not _TAG.fullmatch(tag)) or (at and not _DIGEST.fullmatch(digest)):
        return None
    return f"{tag}{at if colon else ''}{digest}" or None


def _is_name(name: str) -> bool:
    first, *others = name.split("/")
    if not all(_COMPONENT.fullmatch(component) for component in others):
        return False
    return bool(_COMPONENT.fullmatch(first) or (others and _DOMAIN.fullmatch(first)))

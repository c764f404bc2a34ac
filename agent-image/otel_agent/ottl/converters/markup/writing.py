"""A tree as text again: every element with a start and an end tag, attributes and text escaped, all else as it was."""

from otel_agent.ottl.converters.markup.tree import Kind, Node

_ESCAPES = str.maketrans({"&": "&amp;", "'": "&#39;", "<": "&lt;", ">": "&gt;", '"': "&#34;"})


def written(document: Node) -> str:
    """Return the text of what is in a document or an element."""
    out: list[str] = []
    for child in document.children:
        _write(child, True, out)
    return "".join(out)


def _write(node: Node, keep_spaces: bool, out: list[str]) -> None:
    match node.kind:
        case Kind.TEXT:
            out.append((node.text if keep_spaces else node.text.strip()).translate(_ESCAPES))
        case Kind.CDATA:
            out.append(f"<![CDATA[{node.text}]]>")
        case Kind.COMMENT:
            out.append(f"<!--{node.text}-->")
        case Kind.INSTRUCTION:
            out.append(f"<?{node.name}{' ' if node.text else ''}{node.text}?>")
        case Kind.DOCTYPE:
            out.append(f"<!{node.text}>")
        case Kind.DECLARATION:
            out.append(f"<?{node.name}{_attributes(node)}?>")
        case _:
            space = dict(node.attributes).get("xml:space")
            keep_spaces = space == "preserve" if space in ("preserve", "default") else keep_spaces
            out.append(f"<{node.name}{_attributes(node)}>")
            for child in node.children:
                _write(child, keep_spaces, out)
            out.append(f"</{node.name}>")


def _attributes(node: Node) -> str:
    return "".join(f' {name}="{value.translate(_ESCAPES)}"' for name, value in node.attributes)

"""`python -m docs.website.reference FOLDER`: write the pages of the reference."""

import sys
from pathlib import Path

from docs.website.reference import custom_resources, flags, metrics

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
pages = custom_resources.pages() | {"flags": flags.page(), "metrics": metrics.page(Path(__file__).resolve().parents[3])}
for name, text in pages.items():
    (folder / f"{name}.md").write_text(text)

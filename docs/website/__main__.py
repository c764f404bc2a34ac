"""`python -m docs.website FOLDER`: build the site below FOLDER; exit code 1 with the warnings when there are any."""

import sys
from pathlib import Path

from docs.website.build import build

folder = Path(sys.argv[1])
done = build(Path(__file__).resolve().parents[2], folder)
sys.stderr.write(done.stdout + done.stderr if done.returncode else f"docs: {folder / 'site' / 'index.html'}\n")
sys.exit(1 if done.returncode else 0)

import subprocess
import sys


def test_no_heavy_library_is_loaded_before_a_statement_needs_it():
    program = (
        "heavy = {'lxml', 'babel', 'mmh3', 'xxhash', 'ua_parser', 're2', 'google.protobuf', 'asyncio', 'aiohttp'};"
        "import sys, otel_agent.ottl.converters;"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

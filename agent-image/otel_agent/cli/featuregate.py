"""`otelcol featuregate`: the switches and how they are set."""

from argparse import Namespace

from otel_agent.config.featuregates import FeatureGates, process_gates

_HEADER = ("ID", "Enabled", "Stage", "Description")


def run(options: Namespace) -> int:
    """Print one gate or all; ValueError for an id that does not exist."""
    print(table(process_gates(), options.id))
    return 0


def table(gates: FeatureGates, gate_id: str | None = None) -> str:
    """Columns id, enabled, stage and description."""
    chosen = [gate for gate in gates.gates() if gate_id in (None, gate.id)]
    if not chosen:
        raise ValueError(f'feature "{gate_id}" not found')
    rows = [_HEADER, *((gate.id, str(gates.enabled(gate.id)).lower(), gate.stage.value, gate.description) for gate in chosen)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)

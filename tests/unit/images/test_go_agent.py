"""What of Go's eBPF agent is compiled, read from its module as bpf2go would."""

from __future__ import annotations

from pathlib import Path

from e2e.images.go_agent import SOURCE, Probe, compiler, probes


def test_the_probes_of_a_module_are_those_of_its_generate_lines(tmp_path: Path) -> None:
    package = tmp_path / "internal" / "server"
    package.mkdir(parents=True)
    generate = "//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -target amd64,arm64"
    lines = [
        "package server",
        f"{generate} bpf ./bpf/probe.bpf.c",
        f"{generate} bpf_quiet ./bpf/probe.bpf.c -- -DQUIET",
        "// bpf2go",
    ]
    (package / "probe.go").write_text("\n".join(lines) + "\n")
    source = package / "bpf" / "probe.bpf.c"
    assert probes(tmp_path, "x86") == [
        Probe(package / "bpf_x86_bpfel.o", source, ()),
        Probe(package / "bpf_quiet_x86_bpfel.o", source, ("-DQUIET",)),
    ]


def test_a_probe_is_compiled_for_the_kernel_of_this_architecture() -> None:
    command = compiler(Path("zig"), Path("module"), "arm64", Probe(Path("a.o"), Path("a.c"), ("-DQUIET",)))
    assert command[-5:] == ["-DQUIET", "-c", Path("a.c"), "-o", Path("a.o")]
    assert "-D__TARGET_ARCH_arm64" in command
    assert "bpfel-freestanding-none" in command


def test_every_module_of_the_agent_is_held_to_a_digest() -> None:
    required = [line.split()[:2] for line in (SOURCE / "go.mod").read_text().splitlines() if line.startswith("\t")]
    held = {tuple(line.split()[:2]) for line in (SOURCE / "go.sum").read_text().splitlines()}
    assert required
    assert [f"{name} {version}" for name, version in required if (name, f"{version}/go.mod") not in held] == []

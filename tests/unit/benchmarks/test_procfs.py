from __future__ import annotations

import os
import socket
import subprocess
import sys

from tests.benchmarks.collector.procfs import TICKS, PeakMemory, Tree, core_seconds, cpu_seconds, listening_inodes

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:10DD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:10DD 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
   2: 00000000:10DE 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
"""


def test_user_and_system_time_are_found_behind_a_name_with_spaces_and_parentheses() -> None:
    stat = "42 (a ) (b) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 7 7 20 0 1 0 100"
    assert cpu_seconds(stat) == 200 / TICKS


def test_only_listening_sockets_of_the_port_are_found() -> None:
    assert listening_inodes(TABLE, 0x10DD) == {"4711"}
    assert listening_inodes(TABLE, 80) == set()


def test_a_tree_has_the_children_of_its_process_and_their_memory() -> None:
    alone = Tree(os.getpid()).rss_mib()
    with subprocess.Popen([sys.executable, "-c", "print(1, flush=True); input()"], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        child.stdout.readline()
        tree = Tree(os.getpid())
        assert child.pid in tree.pids()
        assert child.pid in tree.cpu()
        assert tree.rss_mib() > alone + 3
        child.kill()


def test_a_port_is_owned_by_the_process_that_listens_and_not_by_its_child() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, subprocess.Popen(["sleep", "60"]) as child:
        port = server.getsockname()[1]
        assert Tree(os.getpid()).owns(port)
        assert not Tree(child.pid).owns(port)
        child.kill()
    assert not Tree(os.getpid()).owns(port)


def test_the_peak_is_remembered_after_memory_is_given_back() -> None:
    with PeakMemory(Tree(os.getpid()), every=0.01) as memory:
        before = Tree(os.getpid()).rss_mib()
        block = b"x" * (64 << 20)
        while memory.mib < before + 50:
            pass
        del block
    assert memory.mib >= before + 50


def test_idle_and_whole_time_are_those_of_the_asked_core() -> None:
    stat = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu1 100 0 50 300 20 0 10 20 7 7\ncpu10 1 1 1 1 1 1 1 1 1 1\n"
    assert core_seconds(stat, 1) == (300 / TICKS, 500 / TICKS)
    assert core_seconds(stat, 10) == (1 / TICKS, 8 / TICKS)

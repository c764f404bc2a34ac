"""A small process that makes workers by forking itself.

Forking needs a process with one thread and no event loop, which the supervisor is not: it serves pages, reads files in threads
and may hold connections of gRPC. The nursery has everything imported that a worker needs, so a new worker starts in
milliseconds and shares that memory with the others. It also waits for them, and tells the supervisor how they ended.
"""

import gc
import json
import os
import select
import signal
import socket
from collections.abc import Callable
from typing import NoReturn

WorkerMain = Callable[[int, socket.socket, socket.socket], int]
"""`main(number, messages, ports) -> exit code`: what a worker does, with its ends of two socket pairs."""
_MESSAGE = 4096
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Sent to the whole group by terminals and service managers; workers end when the supervisor tells them to."""


def start_nursery(main: WorkerMain) -> tuple[int, socket.socket]:
    """Fork the nursery; return its process id and the socket to order workers through.

    To be called while the process has one thread and no event loop.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    gc.collect()
    gc.freeze()  # what is there now is never looked at again, and so stays shared
    pid = os.fork()
    if pid == 0:
        ours.close()
        _in_child(lambda: _run(theirs, main))
    theirs.close()
    return pid, ours


def _run(orders: socket.socket, main: WorkerMain) -> int:
    """Serve orders until the supervisor has gone."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    children: dict[int, int] = {}
    while True:
        readable, _, _ = select.select([orders.fileno(), woken], [], [])
        if woken in readable:
            os.read(woken, _MESSAGE)
            _report_ended(orders, children)
        if orders.fileno() in readable and not _take_order(orders, children, main, (woken, waker)):
            return 0


def _take_order(orders: socket.socket, children: dict[int, int], main: WorkerMain, pipe: tuple[int, int]) -> bool:
    """Do what the supervisor wants: `{"start": number}` with two sockets, or `{"kill": pid}`; False when it has gone."""
    data, descriptors, _, _ = socket.recv_fds(orders, _MESSAGE, 2)
    if not data:
        return False
    order = json.loads(data)
    if "kill" in order:
        if order["kill"] in children:  # only what was not waited for yet, so never another process with that id
            os.kill(order["kill"], signal.SIGKILL)
        return True
    messages, ports = (socket.socket(fileno=descriptor) for descriptor in descriptors)
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in pipe:
            os.close(descriptor)
        orders.close()
        _in_child(lambda: main(order["start"], messages, ports))
    children[pid] = order["start"]
    messages.close()
    ports.close()
    orders.send(json.dumps({"started": order["start"], "pid": pid}).encode())
    return True


def _report_ended(orders: socket.socket, children: dict[int, int]) -> None:
    while children:
        pid, status, usage = os.wait4(-1, os.WNOHANG)
        if pid == 0:
            return
        number = children.pop(pid)
        ended = {"ended": number, "pid": pid, "code": os.waitstatus_to_exitcode(status), "cpu": usage.ru_utime + usage.ru_stime}
        try:
            orders.send(json.dumps(ended).encode())
        except OSError:
            return  # the supervisor has gone, which the next look at its socket shows


def _in_child(body: Callable[[], int]) -> NoReturn:
    """Run and end without what the parent has registered for its own end."""
    code = 1
    try:
        code = body()
    except BaseException:  # noqa: BLE001 -- nothing above this frame may run in the child
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)

"""A listening socket that breaks while it is in use."""

import os
import socket
import stat


def break_listener(port: int) -> bool:
    """Shut the socket that listens on a port of this process down behind its owner's back; whether there was one."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        try:
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            with socket.socket(fileno=os.dup(descriptor)) as found:
                listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                if listens and found.family != socket.AF_UNIX and found.getsockname()[1] == port:
                    found.shutdown(socket.SHUT_RDWR)
                    return True
        except OSError:  # the descriptor of the listing itself
            continue
    return False

"""Runs a command for which this kernel has no IPv4 and no IPv6: a filter refuses such sockets (seccomp, prctl(2))."""
import ctypes
import errno
import os
import platform
import struct
import sys

SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
architecture, number = SOCKET[platform.machine()]
AF_INET, AF_INET6 = 2, 10


def instruction(code, yes, no, value):
    return struct.pack("HBBI", code, yes, no, value)


LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EAFNOSUPPORT
program = b"".join(
    [
        instruction(LOAD, 0, 0, 4),
        instruction(EQUAL, 0, 6, architecture),
        instruction(LOAD, 0, 0, 0),
        instruction(EQUAL, 0, 4, number),
        instruction(LOAD, 0, 0, 16),
        instruction(EQUAL, 1, 0, AF_INET),
        instruction(EQUAL, 0, 1, AF_INET6),
        instruction(RETURN, 0, 0, REFUSE),
        instruction(RETURN, 0, 0, ALLOW),
    ]
)
buffer = ctypes.create_string_buffer(program, len(program))
filter_program = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_program, 0, 0):
    sys.exit(f"the filter was refused: {os.strerror(ctypes.get_errno())}")
os.execvp(sys.argv[1], sys.argv[1:])

"""Runs a command for which this kernel lacks something: a filter refuses the calls that would use it (seccomp, prctl(2)).

refuse.py inet COMMAND...    neither IPv4 nor IPv6: such sockets are of an unknown family
refuse.py mount COMMAND...   no file systems: mounting any is an unknown device
"""
import ctypes
import errno
import os
import platform
import struct
import sys

ARCHITECTURE, SOCKET, MOUNT = {"x86_64": (0xC000003E, 41, 165), "aarch64": (0xC00000B7, 198, 40)}[platform.machine()]
FSOPEN = 430
AF_INET, AF_INET6 = 2, 10


def instruction(code, yes, no, value):
    return struct.pack("HBBI", code, yes, no, value)


LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
if sys.argv[1] == "inet":
    rules = [
        instruction(EQUAL, 0, 4, SOCKET),
        instruction(LOAD, 0, 0, 16),
        instruction(EQUAL, 1, 0, AF_INET),
        instruction(EQUAL, 0, 1, AF_INET6),
        instruction(RETURN, 0, 0, REFUSE | errno.EAFNOSUPPORT),
    ]
else:
    rules = [
        instruction(EQUAL, 1, 0, MOUNT),
        instruction(EQUAL, 0, 1, FSOPEN),
        instruction(RETURN, 0, 0, REFUSE | errno.ENODEV),
    ]
head = [
    instruction(LOAD, 0, 0, 4),
    instruction(EQUAL, 0, len(rules) + 1, ARCHITECTURE),
    instruction(LOAD, 0, 0, 0),
]
program = b"".join(head + rules + [instruction(RETURN, 0, 0, ALLOW)])
buffer = ctypes.create_string_buffer(program, len(program))
filter_program = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_program, 0, 0):
    sys.exit(f"the filter was refused: {os.strerror(ctypes.get_errno())}")
os.execvp(sys.argv[2], sys.argv[2:])

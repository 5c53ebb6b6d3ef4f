"""Filters of system calls for programs under test: they are refused, or told to the test (seccomp)."""
import ctypes
import os
import re
import struct
import subprocess

libc = ctypes.CDLL(None, use_errno=True)


def numbers():
    """The numbers of all system calls here, by name."""
    text = subprocess.run(["cc", "-dM", "-E", "-include", "sys/syscall.h", "-x", "c", "/dev/null"],
                          capture_output=True, text=True, check=True).stdout
    return {name: int(number) for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.M)}


NUMBERS = numbers()

ALLOW = 0x7FFF0000
TELL = 0x7FC00000
NEW_LISTENER, WAIT_KILLABLE = 1 << 3, 1 << 5


class FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def install(names, action, flags=0):
    """In this process, for good: what its calls of these names, and its children's, meet. Ends it if that fails."""
    load, equal, answer = 0x20, 0x15, 0x06
    code = [struct.pack("HBBI", load, 0, 0, 0)]
    for index, name in enumerate(names):
        code.append(struct.pack("HBBI", equal, len(names) - index, 0, NUMBERS[name]))
    code += [struct.pack("HBBI", answer, 0, 0, ALLOW), struct.pack("HBBI", answer, 0, 0, action)]
    text = ctypes.create_string_buffer(b"".join(code))
    program = FilterProgram(len(code), ctypes.cast(text, ctypes.c_void_p))
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    if libc.syscall(NUMBERS["seccomp"], 1, flags, ctypes.byref(program)) < 0:
        os._exit(126)


def refuse(name, error):
    install([name], 0x00050000 | error)


def tell(names):
    """All of these are told to who holds the listener, which is the newest descriptor."""
    install(names, TELL, NEW_LISTENER | WAIT_KILLABLE)

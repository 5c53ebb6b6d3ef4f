"""Hostile modules that are too large to be stored, or that no assembler writes (tests/hostile.py runs them).

Each function gen_NAME returns the bytes of a module; `@expects` says what its route has to answer.
"""
import random

MAGIC = b"\0asm\1\0\0\0"
VOID = b"\x60\0\0"
RETURN = b"\0\x0b"  # no locals, end
UNREACHABLE = b"\0\0\x0b"
MIB = 1 << 20
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
HEADERS = b'"headers":{},"status":200,"kv":{}'


def expects(status, log=(), limits="", only_long=False):
    def mark(function):
        function.status, function.limits, function.only_long = status, limits, only_long
        function.log = [log] if isinstance(log, str) else list(log)
        return function

    return mark


# --- the binary format, as much of it as is needed ---

def leb(number):
    out = bytearray()
    while number > 0x7f:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def signed_leb(number):
    out = bytearray()
    while not -0x40 <= number < 0x40:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    out.append(number & 0x7f)
    return bytes(out)


def sized(content):
    return leb(len(content)) + content


def vector(items):
    items = list(items)
    return leb(len(items)) + b"".join(items)


def section(number, content):
    return bytes([number]) + sized(content)


def custom(name, content):
    return section(0, sized(name) + content)


def const(number):
    """The expression of an i32, as offsets of segments are."""
    return b"\x41" + signed_leb(number) + b"\x0b"


def export(name, kind, index):
    return sized(name) + bytes([kind]) + leb(index)


def module(types=(VOID,), imports=(), functions=(0,), tables=(), pages=None, globals_=(), exports=None, elements=(),
           bodies=(RETURN,), data=(), after=b""):
    """A module whose entry is its first own function, unless `exports` says otherwise."""
    if exports is None:
        exports = [export(b"_start", 0, len(imports))]
    if pages is not None:
        exports = [*exports, export(b"memory", 2, 0)]
    parts = [MAGIC, section(1, vector(types))]
    if imports:
        parts.append(section(2, vector(imports)))
    parts.append(section(3, vector(leb(index) for index in functions)))
    if tables:
        parts.append(section(4, vector(tables)))
    if pages is not None:
        parts.append(section(5, b"\1\0" + leb(pages)))
    if globals_:
        parts.append(section(6, vector(globals_)))
    parts.append(section(7, vector(exports)))
    if elements:
        parts.append(section(9, vector(elements)))
    parts.append(section(10, vector(sized(body) for body in bodies)))
    if data:
        parts.append(section(11, vector(data)))
    return b"".join(parts) + after


WASI = sized(b"wasi_snapshot_preview1")
FD_WRITE_TYPE = b"\x60\4\x7f\x7f\x7f\x7f\1\x7f"


def writing(text):
    """A module that writes `text` to standard output."""
    at = 1024
    vectors = at.to_bytes(4, "little") + len(text).to_bytes(4, "little")
    call = b"\x41\1\x41\0\x41\1\x41\x08\x10\0\x1a"
    return module(types=(VOID, FD_WRITE_TYPE), imports=[WASI + sized(b"fd_write") + b"\0\1"],
                  pages=(at + len(text)) // 65536 + 1, bodies=[b"\0" + call + b"\x0b"],
                  data=[b"\0" + const(0) + sized(vectors), b"\0" + const(at) + sized(text)])


def function_names(names):
    """The section that names functions 0, 1, …"""
    return custom(b"name", section(1, vector(leb(index) + sized(name) for index, name in enumerate(names))))


# --- files that are no modules ---

@expects(500, "bad-module")
def gen_file_empty():
    return b""


@expects(500, "bad-module")
def gen_file_text():
    return b"#!/bin/sh\nrm -rf /\n"


@expects(500, "bad-module")
def gen_file_wat():
    """Wasmtime takes the text format too, where that is built in."""
    return b'(module (func (export "_start") (loop $forever (br $forever))))'


@expects(500, "bad-module")
def gen_file_elf():
    return b"\x7fELF\2\1\1" + bytes(1000)


@expects(500, "bad-module")
def gen_header_alone():
    return MAGIC


@expects(500, "bad-module")
def gen_version_2():
    return b"\0asm\2\0\0\0"


@expects(500, "bad-module")
def gen_component():
    return b"\0asm\x0d\0\1\0" + custom(b"x", b"a component")


@expects(500, "bad-module")
def gen_component_with_a_module():
    return b"\0asm\x0d\0\1\0" + section(1, module())


@expects(500, "bad-module")
def gen_two_modules_in_one_file():
    return module() + module()


# --- counts and sizes that lie ---

@expects(500, "bad-module")
def gen_section_of_4gib():
    return MAGIC + b"\1" + leb(0xffffffff) + b"\0"


@expects(500, "bad-module")
def gen_four_billion_types():
    return MAGIC + section(1, leb(0xffffffff) + VOID)


@expects(500, "bad-module")
def gen_four_billion_functions():
    return MAGIC + section(1, vector([VOID])) + section(3, leb(0xffffffff) + b"\0")


@expects(500, "bad-module")
def gen_four_billion_locals():
    return module(bodies=[b"\1" + leb(0xffffffff) + b"\x7f\x0b"])


@expects(500, "bad-module")
def gen_number_without_end():
    return MAGIC + b"\1" + b"\x80" * 100_000


@expects(500, "bad-module")
def gen_sections_backwards():
    parts = [section(1, vector([VOID])), section(3, b"\1\0"), section(10, vector([sized(RETURN)]))]
    return MAGIC + b"".join(reversed(parts))


# --- many of everything ---

def known_import(index):
    return WASI + sized(b"fd_write") + b"\0" + leb(index)


@expects(500, "bad-output")
def gen_imports_10_000():
    return module(types=(VOID, FD_WRITE_TYPE), imports=[known_import(1)] * 10_000)


@expects(500, "bad-module")
def gen_imports_200_000():
    return module(types=(VOID, FD_WRITE_TYPE), imports=[known_import(1)] * 200_000)


@expects(500, "bad-module")
def gen_imports_unknown_10_000():
    return module(imports=[sized(b"m%d" % index) + sized(b"f") + b"\0\0" for index in range(10_000)])


@expects(500, "bad-module")
def gen_import_with_a_long_name():
    """Names of 100,000 bytes, each an escape for the terminal: they are no flood for the log."""
    return module(imports=[sized(b"\x1b" * 99_999) + sized(b"\x1b" * 99_999) + b"\0\0"])


@expects(500, "bad-output")
def gen_exports_100_000():
    return module(exports=[export(b"_start", 0, 0), *(export(b"e%d" % index, 0, 0) for index in range(100_000))])


@expects(500, "bad-output")
def gen_exports_with_long_names():
    names = [b"%d" % index + b"\xc2\x9b" * 40_000 for index in range(200)]
    return module(exports=[export(b"_start", 0, 0), *(export(name, 0, 0) for name in names)])


@expects(500, "bad-module")
def gen_export_twice_with_a_long_name():
    return module(exports=[export(b"\x1b" * 99_999, 0, 0)] * 2)


@expects(500, "bad-output")
def gen_functions_20_000():
    return module(functions=[0] * 20_000, bodies=[RETURN] * 20_000)


@expects(500, "bad-module")
def gen_globals_100_000():
    return module(globals_=[b"\x7e\1\x42\0\x0b"] * 100_000)


@expects(500, "bad-output")
def gen_data_segments_50_000():
    return module(pages=1, data=[b"\0" + const(index) + b"\1x" for index in range(50_000)])


@expects(500, "bad-output")
def gen_data_in_every_page():
    return module(pages=2000, data=[b"\0" + const(index << 16) + b"\1x" for index in range(2000)])


@expects(500, "bad-output")
def gen_elements_of_100_000():
    return module(elements=[b"\1\0" + leb(100_000) + b"\0" * 100_000])


@expects(500, "bad-module", only_long=True)
def gen_elements_of_a_million():
    """Takes the compiler more memory than it may have."""
    return module(elements=[b"\1\0" + leb(1_000_000) + b"\0" * 1_000_000])


@expects(500, "bad-output")
def gen_types_of_1_000_parameters():
    """500 types of a thousand parameters and a thousand results."""
    many = [b"\x60" + vector([b"\x7f"] * 1000) + vector([bytes([0x7c + index % 4])] * 1000) for index in range(500)]
    return module(types=(VOID, *many))


@expects(500, "bad-module")
def gen_types_of_each_other():
    """Types that refer to each other, in a group: not without garbage collection."""
    pair = b"\x4e\2" + b"\x5f\2\x64\1\1\x64\1\1" + b"\x5f\2\x64\0\1\x64\0\1"
    return module(types=(VOID, *([pair] * 100)))


@expects(500, "bad-module")
def gen_types_each_twice_the_last():
    """30 structures, each of two of the one before: spelled out, a billion."""
    fields = (b"\x63" + signed_leb(index) + b"\0" for index in range(30))
    return module(types=(VOID, *(b"\x5f\2" + field * 2 for field in fields)))


# --- code that is hard on a compiler ---

@expects(500, "bad-output")
def gen_locals_50_000():
    return module(bodies=[b"\1" + leb(50_000) + b"\x7e\x0b"])


@expects(500, "bad-output")
def gen_blocks_50_000():
    return module(bodies=[b"\0" + b"\2\x40" * 50_000 + b"\x0b" * 50_001])


@expects(500, "bad-output")
def gen_loops_5_000():
    return module(bodies=[b"\0" + b"\3\x40" * 5_000 + b"\x0b" * 5_001])


def jump_table(size, count=None):
    return module(bodies=[b"\0\2\x40\x41\0\x0e" + leb(size) + b"\0" * ((count or size) + 1) + b"\x0b\x0b"])


@expects(500, "bad-output")
def gen_jump_table_of_60_000():
    return jump_table(60_000)


@expects(500, "bad-module")
def gen_jump_table_of_a_million():
    return jump_table(1_000_000)


@expects(500, "bad-module")
def gen_jump_table_of_a_billion():
    return jump_table(1_000_000_000, 100)


@expects(500, "bad-output")
def gen_results_of_results():
    """Calls of functions with 1,000 results each, all of which stay on the stack."""
    thousand = b"\x60\0" + vector([b"\x7f"] * 1000)
    calls = b"\x10\1" * 5 + b"\x1a" * 5000
    return module(types=(VOID, thousand), functions=[0, 1], bodies=[b"\0" + calls + b"\x0b",
                                                                    b"\0" + b"\x41\0" * 1000 + b"\x0b"])


@expects(500, "stack-limit")
def gen_recursion_of_large_frames():
    """Each call keeps 2,000 numbers of its memory until the one in it returns."""
    loads = b"".join(b"\x41\0\x28\2" + leb(4 * index) for index in range(2000))
    return module(pages=1, bodies=[b"\0" + loads + b"\x10\0" + b"\x6a" * 1999 + b"\x1a\x0b"])


@expects(500, only_long=True)
def gen_code_of_7mb():
    """One function as large as functions may be, whose every value lives until the end."""
    count = 700_000
    loads = b"".join(b"\x41\0\x28\2" + leb(index % 60_000) for index in range(count))
    return module(pages=1, bodies=[b"\0" + loads + b"\x6a" * (count - 1) + b"\x1a\x0b"])


@expects(500, "bad-output")
def gen_straight_line_of_random():
    """Asks for 1 MiB of random numbers 1,000 times without a loop or a call of its own: nowhere is a check of the
    time but in what the host does, and the host gives out 4 MiB."""
    call = b"\x41\0\x41" + signed_leb(MIB) + b"\x10\0\x1a"
    return module(types=(VOID, b"\x60\2\x7f\x7f\1\x7f"), imports=[WASI + sized(b"random_get") + b"\0\1"], pages=17,
                  bodies=[b"\0" + call * 1000 + b"\x0b"])


@expects(504, "cpu-time-limit", 'cpu_time = "100ms"')
def gen_straight_line_of_fills():
    """Fills 64 MiB 400 times without a loop."""
    fill = b"\x41\0\x41\1\x41" + signed_leb(64 * MIB) + b"\xfc\x0b\0"
    return module(pages=1024, bodies=[b"\0" + fill * 400 + b"\x0b"])


# --- large files ---

@expects(500, "bad-output")
def gen_data_of_100mb():
    return module(pages=1700, data=[b"\0" + const(0) + sized(b"\x5a" * 100_000_000)])


@expects(500, "bad-output")
def gen_custom_section_of_100mb():
    return module(after=custom(b"padding", b"\x5a" * 100_000_000))


# --- what is shown of a guest that trapped ---

@expects(500, "guest-trap")
def gen_names_for_a_terminal():
    names = [b"\x1b[2J\r\n2026-01-01T00:00:00.000Z 1 error forged", b"\xc2\x9b31m" * 1000]
    return module(functions=[0, 0], bodies=[b"\0\x10\1\x0b", UNREACHABLE], after=function_names(names))


@expects(500, "guest-trap")
def gen_names_of_100_000_bytes():
    return module(functions=[0, 0], bodies=[b"\0\x10\1\x0b", UNREACHABLE],
                  after=function_names([b"\x1b" * 99_999] * 2))


@expects(500, "guest-trap")
def gen_module_name_of_100_000_bytes():
    return module(bodies=[UNREACHABLE], after=custom(b"name", section(0, sized(b"\x1b" * 99_999))))


@expects(500, "guest-trap")
def gen_names_that_lie():
    """The section of names says that it is larger than the file."""
    return module(bodies=[UNREACHABLE], after=custom(b"name", b"\1" + leb(0xffffffff)))


def debug_sections(content):
    names = ("info", "abbrev", "line", "str", "line_str", "ranges", "rnglists", "aranges", "addr", "str_offsets")
    return b"".join(custom(f".debug_{name}".encode(), content) for name in names)


@expects(500, "guest-trap")
def gen_debug_information_of_ones():
    return module(bodies=[UNREACHABLE], after=debug_sections(b"\xff" * 5000))


@expects(500, "guest-trap")
def gen_debug_information_of_zeros():
    return module(bodies=[UNREACHABLE], after=debug_sections(bytes(5000)))


@expects(500, "guest-trap")
def gen_debug_information_at_random():
    return module(bodies=[UNREACHABLE], after=debug_sections(random.Random(1).randbytes(5000)))


def doubling_name(levels):
    """A C++ name in its encoded form, in which each part is twice the one before it: 2^levels when decoded."""
    def reference(place):
        number = place - 1
        high = "" if number < 36 else DIGITS[number // 36]
        return f"S{high}{DIGITS[number % 36]}_"

    parts = "".join(f"1bI{reference(2 * level + 2) * 2}E" for level in range(levels))
    return f"_Z1fI1aIiiE{parts}Evv".encode()


@expects(500, "guest-trap")
def gen_name_that_doubles():
    """22 levels are hundreds of megabytes when decoded; a few more are more than any machine has."""
    return module(functions=[0, 0], bodies=[b"\0\x10\1\x0b", UNREACHABLE],
                  after=function_names([b"_start", doubling_name(22)]))


@expects(500, "guest-trap")
def gen_debug_information_squared():
    """Debug information of 8,000 functions that share one list of 8,000 ranges: 64 million places to sort."""
    count = 8000
    codes = b"\1\x11\1\x11\1\x55\x17\0\0" + b"\2\x2e\0\x55\x17\3\x08\0\0" + b"\0"
    unit = (4).to_bytes(2, "little") + bytes(4) + b"\4" + b"\1" + bytes(8) + (b"\2" + bytes(4) + b"f\0") * count + b"\0"
    ranges = b"".join((2 * index + 1).to_bytes(4, "little") + b"\0\0\0\x40" for index in range(count)) + bytes(8)
    return module(bodies=[UNREACHABLE], after=custom(b".debug_abbrev", codes) + custom(b".debug_ranges", ranges) +
                  custom(b".debug_info", len(unit).to_bytes(4, "little") + unit))


# --- answers ---

@expects(500, "bad-output")
def gen_json_objects_100_000_deep():
    return writing(b'{"a":' * 100_000)


@expects(500, "bad-output")
def gen_json_closed_arrays_100_000_deep():
    return writing(b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"data":"x",' + HEADERS + b"}")


@expects(500, "bad-output")
def gen_json_long_header_name():
    """The name is not for the log as a whole."""
    return writing(b'{"data":"x","headers":{"' + b" " * MIB + b'":"x"},"status":200,"kv":{}}')


@expects(500, "bad-output")
def gen_json_long_kv_key():
    return writing(b'{"data":"x","headers":{},"status":200,"kv":{"' + b"k" * MIB + b'":1}}')


@expects(200)
def gen_json_of_escapes():
    return writing(b'{"data":"' + b"\\u0000" * MIB + b'",' + HEADERS + b"}")


@expects(500, "bad-output")
def gen_json_long_base64():
    return writing(b'{"base64":true,"data":"' + b"A" * (2 * MIB) + b'*",' + HEADERS + b"}")


@expects(500, "bad-output")
def gen_json_unknown_keys_100_000():
    keys = b"".join(b'"k%d":1,' % index for index in range(100_000))
    return writing(b"{" + keys + b'"data":1,' + HEADERS + b"}")


@expects(500, "bad-output")
def gen_json_headers_60_000():
    """Each name is compared with those before it, but not for seconds. The last is not valid."""
    names = b"".join(b'"x%d":"",' % index for index in range(60_000))
    return writing(b'{"data":"x","headers":{' + names + b'"":""},"status":200,"kv":{}}')


@expects(500, "bad-output")
def gen_json_one_header_100_000_times():
    return writing(b'{"data":"x","headers":{"a":[' + b'"",' * 100_000 + b'1]},"status":200,"kv":{}}')

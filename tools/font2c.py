#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turn a PSF2 console font into a C file that defines lev_font_console.

usage: font2c.py FONT.psf[.gz] OUT.c

The font needs a Unicode table with all of printable ASCII in it. Nothing is
written unless all of the font is sound.
"""
import gzip
import os
import struct
import sys
import zlib

PSF1_MAGIC = b"\x36\x04"
PSF2_MAGIC = b"\x72\xb5\x4a\x86"
HEADER = struct.Struct("<4s7I")
HAS_UNICODE_TABLE = 1
SEQUENCE, END = 0xFE, 0xFF
REPLACEMENT = 0xFFFD
LARGEST = 64  # pixels, as <levitate/term.h> has it


class FontError(Exception):
    """What is wrong with a font, for the person who chose it."""


def read_file(path):
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as err:
        raise FontError(
            f"{err.strerror}; Debian has the usual console fonts in the "
            "package console-setup-linux (apt-get install "
            "console-setup-linux), any other PSF2 font can be named with "
            "cmake -DLEV_FONT=FILE") from err
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as err:
        raise FontError(f"the gzip file is damaged: {err}") from err


def decode_codes(entry, glyph):
    """The code points of one glyph; combining sequences after them are not
    for a terminal with one character a cell."""
    single = entry.split(bytes([SEQUENCE]))[0]
    try:
        return [ord(char) for char in single.decode("utf-8")]
    except UnicodeDecodeError as err:
        raise FontError(
            f"the Unicode table is not UTF-8 at glyph {glyph}") from err


def parse_table(table, count):
    """{code point: glyph}; where two glyphs claim one, the first has it."""
    entries = table.split(bytes([END]))
    if len(entries) <= count:
        raise FontError(f"the Unicode table ends after {len(entries) - 1} of "
                        f"{count} glyphs")
    if any(entries[count:]):
        raise FontError("there are bytes after the Unicode table")
    codes = {}
    for glyph, entry in enumerate(entries[:count]):
        for code in decode_codes(entry, glyph):
            codes.setdefault(code, glyph)
    return codes


def parse_header(raw):
    if raw[:2] == PSF1_MAGIC:
        raise FontError("this is a PSF1 font, always 8 pixels wide; a PSF2 "
                        "font is needed")
    if raw[:4] != PSF2_MAGIC:
        raise FontError("this is not a PSF2 font: the magic number is wrong")
    if len(raw) < HEADER.size:
        raise FontError("the file ends inside the header")
    _, version, start, flags, count, size, height, width = \
        HEADER.unpack_from(raw)
    if version != 0:
        raise FontError(f"version {version} of PSF2 is not known")
    if start < HEADER.size:
        raise FontError(f"a header of {start} bytes is too short")
    if not (1 <= width <= LARGEST and 1 <= height <= LARGEST):
        raise FontError(f"glyphs of {width}x{height} pixels: 1x1 to "
                        f"{LARGEST}x{LARGEST} can be drawn")
    if size != height * ((width + 7) // 8):
        raise FontError(f"a glyph of {width}x{height} pixels does not take "
                        f"{size} bytes")
    if not 1 <= count <= 0xFFFF:
        raise FontError(f"{count} glyphs: there must be 1 to 65535")
    if not flags & HAS_UNICODE_TABLE:
        raise FontError("there is no Unicode table")
    return start, count, size, height, width


def parse(raw):
    start, count, size, height, width = parse_header(raw)
    bitmap = raw[start:start + count * size]
    if len(bitmap) < count * size:
        raise FontError(f"the file ends inside glyph {len(bitmap) // size} "
                        f"of {count}")
    codes = parse_table(raw[start + count * size:], count)
    for code in range(0x20, 0x7F):
        if code not in codes:
            raise FontError(f"no glyph for U+{code:04X} ({chr(code)!r})")
    codes.setdefault(REPLACEMENT, codes[ord("?")])
    if len(codes) > 0xFFFF:
        raise FontError(f"{len(codes)} code points are too many")
    return width, height, count, bitmap, codes


def rows(items, per_row):
    return ",\n".join("\t" + ", ".join(items[at:at + per_row])
                      for at in range(0, len(items), per_row))


def to_c(name, font):
    width, height, count, bitmap, codes = font
    mapping = [f"{{ 0x{code:x}, {glyph} }}"
               for code, glyph in sorted(codes.items())]
    return f"""/* Made of {name} by tools/font2c.py. */
#include <levitate/term.h>

static const uint8_t bitmap[] = {{
{rows([f"0x{byte:02x}" for byte in bitmap], 12)}
}};

static const struct lev_font_map map[] = {{
{rows(mapping, 4)}
}};

const struct lev_font lev_font_console = {{
	.width = {width},
	.height = {height},
	.row_len = {(width + 7) // 8},
	.glyph_count = {count},
	.map_count = {len(codes)},
	.bitmap = bitmap,
	.map = map,
}};
"""


def main(argv):
    if len(argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        font = parse(read_file(argv[1]))
    except FontError as err:
        print(f"font2c: {argv[1]}: {err}", file=sys.stderr)
        return 1
    with open(argv[2], "w", encoding="ascii", newline="\n") as out:
        out.write(to_c(ascii(os.path.basename(argv[1])), font))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

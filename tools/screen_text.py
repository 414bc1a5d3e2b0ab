#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turn a screenshot of a text console back into text.

The picture (PPM or PNG) is cut into cells of the font's size, from the top
left corner. A cell is recognised only when it holds at most two colours and
one of them forms a glyph of the font exactly, pixel by pixel; nothing is
guessed. So a screen that is merely "not black" decodes to nothing.

  * Colours may differ from cell to cell, and a cell may be inverse.
  * One colour alone is a blank, whatever the colour.
  * A glyph that several characters share (Latin A, Greek Alpha) reads as the
    lowest code point. So does a cell that is a glyph in both polarities.
  * An underline, one or two full rows in the lower third of the cell, is
    allowed for. An underlined blank that looks like a glyph of the font
    reads as that glyph.
  * Any other cell is unknown: it shows the marker and is counted.

The font is a PSF version 2 file, plain or gzipped, with a Unicode table.
"""
import argparse
import collections
import gzip
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import picture as pictures  # noqa: E402

DEFAULT_FONT = '/usr/share/consolefonts/Uni2-Terminus20x10.psf.gz'
DEFAULT_MARKER = '\u2423'
PSF2_MAGIC = 0x864ab572
PSF2_HAS_UNICODE_TABLE = 1


class FontError(Exception):
    """The file is not a font this reader understands."""


class Font:
    """Glyph bitmaps and what they mean.

    A bitmap is one integer: the cell's pixels row by row, first pixel in the
    highest bit. glyphs maps a bitmap to its character.
    """

    def __init__(self, width, height, glyphs):
        self.width = width
        self.height = height
        self.glyphs = glyphs
        self.full = (1 << (width * height)) - 1
        self._underlined = {}

    def row_mask(self, row):
        """The bits of one whole row."""
        below = self.height - 1 - row
        return ((1 << self.width) - 1) << (self.width * below)

    def underlined(self, rows):
        """The glyphs as they look with these rows filled."""
        if rows not in self._underlined:
            line = 0
            for row in rows:
                line |= self.row_mask(row)
            table = {}
            for bitmap, char in self.glyphs.items():
                keep_lowest(table, bitmap | line, char)
            keep_lowest(table, line, ' ')
            self._underlined[rows] = table
        return self._underlined[rows]

    def match(self, bitmap):
        """The character whose glyph this is, underlined or not, or None."""
        char = self.glyphs.get(bitmap)
        if char is not None:
            return char
        first = self.height - self.height // 3
        full = [row for row in range(first, self.height)
                if bitmap & self.row_mask(row) == self.row_mask(row)]
        for i, row in enumerate(full):
            char = self.underlined((row,)).get(bitmap)
            if char is None and row + 1 in full[i + 1:i + 2]:
                char = self.underlined((row, row + 1)).get(bitmap)
            if char is not None:
                return char
        return None


def keep_lowest(table, bitmap, char):
    """Note what a bitmap means; of several meanings the lowest stays."""
    if bitmap not in table or char < table[bitmap]:
        table[bitmap] = char


def load_font(path):
    """Read the PSF2 font, gzipped or plain, in the file at path."""
    with open(path, 'rb') as file:
        blob = file.read()
    if blob[:2] == b'\x1f\x8b':
        try:
            blob = gzip.decompress(blob)
        except (OSError, EOFError, zlib.error) as error:
            raise FontError(f'{path}: broken gzip: {error}') from error
    try:
        return parse_font(blob)
    except FontError as error:
        raise FontError(f'{path}: {error}') from error


def parse_font(blob):
    """Read a font from the bytes of a PSF2 file."""
    if len(blob) < 32:
        raise FontError('too short for a PSF2 header')
    magic, _, header_len, flags, count, glyph_len, height, width = (
        struct.unpack_from('<8I', blob))
    if magic != PSF2_MAGIC:
        raise FontError('not a PSF version 2 font')
    if not flags & PSF2_HAS_UNICODE_TABLE:
        raise FontError('no Unicode table')
    row_len = (width + 7) // 8
    if not (0 < width <= 64 and 0 < height <= 128 and count > 0):
        raise FontError(f'{count} glyphs of {width}x{height}')
    if header_len < 32 or glyph_len != row_len * height:
        raise FontError('the header contradicts itself')
    table_pos = header_len + count * glyph_len
    if table_pos > len(blob):
        raise FontError('the glyphs are cut short')
    meanings = parse_unicode_table(blob[table_pos:], count)
    glyphs = {0: ' '}
    for index, char in enumerate(meanings):
        if char is not None:
            start = header_len + index * glyph_len
            rows = blob[start:start + glyph_len]
            keep_lowest(glyphs, glyph_bitmap(rows, width, row_len), char)
    return Font(width, height, glyphs)


def parse_unicode_table(table, count):
    """The lowest printable character of each glyph, None where it has none.

    A glyph's entry is UTF-8 up to 0xff; what follows a 0xfe in it are
    sequences of several characters, of no use here.
    """
    entries = table.split(b'\xff')
    if len(entries) < count + 1:
        raise FontError('the Unicode table is cut short')
    meanings = []
    for entry in entries[:count]:
        try:
            chars = entry.split(b'\xfe')[0].decode('utf-8')
        except UnicodeDecodeError as error:
            raise FontError('the Unicode table is not UTF-8') from error
        meanings.append(min((c for c in chars if c >= ' '), default=None))
    return meanings


def glyph_bitmap(rows, width, row_len):
    """A glyph of the file, its rows padded to bytes, as one integer."""
    bitmap = 0
    for start in range(0, len(rows), row_len):
        row = int.from_bytes(rows[start:start + row_len], 'big')
        bitmap = bitmap << width | row >> (row_len * 8 - width)
    return bitmap


# One cell: its character (None when unknown), the colours of the glyph and
# of what lies behind it as (r, g, b). A blank has its one colour in both.
Cell = collections.namedtuple('Cell', 'char ink paper')


class Screen:
    """A decoded picture: rows of cells."""

    def __init__(self, rows, marker=DEFAULT_MARKER):
        self.rows = rows
        self.marker = marker

    @property
    def unknown(self):
        """How many cells no glyph explains."""
        return sum(cell.char is None for row in self.rows for cell in row)

    def lines(self):
        """The text, a string a row, blanks at its end removed."""
        return [''.join(cell.char or self.marker for cell in row).rstrip(' ')
                for row in self.rows]

    def text(self):
        """The text as one string, a newline after each row."""
        return ''.join(line + '\n' for line in self.lines())

    def runs(self):
        """Yield (row, column, ink, paper, text) of equally coloured cells."""
        for y, row in enumerate(self.rows):
            start = 0
            for x in range(1, len(row) + 1):
                if x < len(row) and row[x][1:] == row[start][1:]:
                    continue
                text = ''.join(c.char or self.marker for c in row[start:x])
                yield y, start, row[start].ink, row[start].paper, text
                start = x


def decode_cell(font, pixels):
    """Recognise one cell from its pixels, 3 bytes each."""
    colours = [tuple(pixels[i:i + 3]) for i in range(0, len(pixels), 3)]
    kinds = sorted(set(colours))
    if len(kinds) == 1:
        return Cell(' ', kinds[0], kinds[0])
    if len(kinds) > 2:
        return Cell(None, kinds[-1], kinds[0])
    low, high = kinds
    bitmap = int(''.join('1' if c == high else '0' for c in colours), 2)
    found = []
    for bits, ink, paper in ((bitmap, high, low),
                             (bitmap ^ font.full, low, high)):
        char = font.match(bits)
        if char is not None:
            found.append(Cell(char, ink, paper))
    return min(found, default=Cell(None, high, low))


def decode(picture, font, marker=DEFAULT_MARKER):
    """Cut the picture into cells and recognise each; returns a Screen."""
    stride = picture.width * 3
    cell_len = font.width * 3
    known = {}
    rows = []
    for top in range(0, picture.height - font.height + 1, font.height):
        lines = [picture.pixels[y * stride:(y + 1) * stride]
                 for y in range(top, top + font.height)]
        row = []
        for left in range(0, stride - cell_len + 1, cell_len):
            pixels = b''.join([line[left:left + cell_len] for line in lines])
            if pixels not in known:
                known[pixels] = decode_cell(font, pixels)
            row.append(known[pixels])
        rows.append(row)
    return Screen(rows, marker)


def parse_arguments(argv):
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('picture', help='the screenshot, PPM (P6) or PNG')
    parser.add_argument('--font', default=DEFAULT_FONT, metavar='FILE',
                        help='PSF2 font, default %(default)s')
    parser.add_argument('--marker', default=DEFAULT_MARKER, metavar='C',
                        help='shown for an unknown cell, default %(default)s')
    parser.add_argument('--colors', action='store_true',
                        help='print row, column, ink, paper and text of each '
                        'run of equally coloured cells')
    parser.add_argument('--expect', metavar='TEXT',
                        help='end with status 1 unless a row contains TEXT')
    parser.add_argument('--strict', action='store_true',
                        help='end with status 1 if a cell is unknown')
    return parser.parse_args(argv)


def main(argv=None):
    """The command line; returns the exit status."""
    args = parse_arguments(argv)
    try:
        font = load_font(args.font)
        screen = decode(pictures.load(args.picture), font, args.marker)
    except (OSError, FontError, pictures.PictureError) as error:
        print(f'screen_text: {error}', file=sys.stderr)
        return 2
    if args.colors:
        for row, column, ink, paper, text in screen.runs():
            print(f'{row:3} {column:3} #{bytes(ink).hex()} '
                  f'#{bytes(paper).hex()} {text!r}')
    else:
        print(screen.text(), end='')
    status = 0
    if screen.unknown:
        print(f'screen_text: {screen.unknown} unknown cells', file=sys.stderr)
        status = int(args.strict)
    if args.expect and not any(args.expect in x for x in screen.lines()):
        print(f'screen_text: no row contains {args.expect!r}', file=sys.stderr)
        status = 1
    return status


if __name__ == '__main__':
    sys.exit(main())

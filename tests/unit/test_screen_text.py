# SPDX-License-Identifier: MIT
"""The screen decoder against an independent renderer.

The renderer below shares no code with the decoder: it makes its own little
fonts, byte by byte, and paints pixel by pixel.
"""
import contextlib
import gzip
import io
import os
import random
import struct
import sys
import tempfile
import unittest
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import picture as pictures  # noqa: E402
import screen_text  # noqa: E402

BLACK, WHITE, RED = (0, 0, 0), (255, 255, 255), (200, 10, 10)
OTHER_FONT = '/usr/share/consolefonts/Uni2-Terminus22x11.psf.gz'
PLACEHOLDERS = ('Guest has not initialized the display (yet).',
                'Display output is not active.')


def psf2(glyphs, width, flags=1, table=None):
    """A font file: glyphs is a list of (characters, rows of '#' and '.')."""
    row_len = (width + 7) // 8
    height = len(glyphs[0][1])
    blob = struct.pack('<8I', 0x864ab572, 0, 32, flags, len(glyphs),
                       height * row_len, height, width)
    for _, rows in glyphs:
        for row in rows:
            bits = ''.join('1' if c == '#' else '0' for c in row)
            bits = bits.ljust(row_len * 8, '0')
            blob += bytes(int(bits[i:i + 8], 2)
                          for i in range(0, len(bits), 8))
    if table is None:
        table = b''.join(chars.encode() + b'\xff' for chars, _ in glyphs)
    return blob + table


TINY = [
    ('\u0391A\u0410', ['.........', '....#....', '...#.#...', '..#####..',
                       '.#.....#.', '.#.....#.', '.........', '.........',
                       '.........']),
    ('b', ['.........', '#........', '#........', '####.....', '#...#....',
           '####.....', '.........', '.........', '.........']),
    ('/', ['........#', '.......#.', '......#..', '.....#...', '....#....',
           '...#.....', '..#......', '.#.......', '#........']),
    (' ', ['.........'] * 9),
    ('_', ['.........'] * 7 + ['#########', '.........']),
]


class Canvas:
    """Paints glyphs given as rows of '#' and '.', one pixel at a time."""

    def __init__(self, width, height, paper=BLACK):
        self.width, self.height = width, height
        self.dots = [[paper] * width for _ in range(height)]

    def glyph(self, left, top, rows, ink=WHITE, paper=BLACK):
        for y, row in enumerate(rows):
            for x, dot in enumerate(row):
                self.dots[top + y][left + x] = ink if dot == '#' else paper

    def bytes(self):
        return bytes(v for row in self.dots for dot in row for v in dot)

    def ppm(self):
        return b'P6\n%d %d\n255\n' % (self.width, self.height) + self.bytes()


def rows_of_font(path):
    """Every glyph of a real font as rows of '#' and '.', by character.

    A second reading of the file, by text rather than by arithmetic.
    """
    blob = gzip.open(path).read()
    header, _, count, size, height, width = struct.unpack_from('<6I', blob, 8)
    table = blob[header + count * size:].split(b'\xff')
    found = {}
    for i in range(count):
        glyph = blob[header + i * size:header + (i + 1) * size]
        step = size // height
        rows = []
        for y in range(height):
            bits = ''.join(f'{b:08b}' for b in glyph[y * step:(y + 1) * step])
            rows.append(bits[:width].replace('1', '#').replace('0', '.'))
        for char in table[i].split(b'\xfe')[0].decode():
            found[char] = rows
    return found


def decode_tiny(canvas):
    font = screen_text.parse_font(psf2(TINY, 9))
    return screen_text.decode(pictures.parse(canvas.ppm()), font)


class Decoding(unittest.TestCase):
    def paint(self, text, **colours):
        canvas = Canvas(9 * len(text), 9)
        for i, char in enumerate(text):
            rows = next(rows for chars, rows in TINY if char in chars)
            canvas.glyph(9 * i, 0, rows, **colours)
        return canvas

    def test_text_comes_back(self):
        screen = decode_tiny(self.paint('bA/ b'))
        self.assertEqual(screen.lines(), ['bA/ b'])
        self.assertEqual(screen.unknown, 0)

    def test_shared_glyph_reads_as_lowest_code_point(self):
        self.assertEqual(decode_tiny(self.paint('\u0410')).lines(), ['A'])

    def test_inverse_and_colours(self):
        canvas = self.paint('Ab', ink=BLACK, paper=RED)
        screen = decode_tiny(canvas)
        self.assertEqual(screen.lines(), ['Ab'])
        self.assertEqual(screen.rows[0][0].ink, BLACK)
        self.assertEqual(screen.rows[0][0].paper, RED)
        self.assertEqual(list(screen.runs()), [(0, 0, BLACK, RED, 'Ab')])

    def test_each_cell_has_its_own_colours(self):
        canvas = self.paint('AA')
        canvas.glyph(9, 0, TINY[1][1], ink=RED, paper=WHITE)
        runs = list(decode_tiny(canvas).runs())
        self.assertEqual(runs, [(0, 0, WHITE, BLACK, 'A'),
                                (0, 1, RED, WHITE, 'b')])

    def test_one_wrong_pixel_is_unknown(self):
        for x, y in ((0, 0), (4, 4), (8, 8)):
            canvas = self.paint('bb')
            dot = canvas.dots[y][x]
            canvas.dots[y][x] = BLACK if dot == WHITE else WHITE
            screen = decode_tiny(canvas)
            self.assertEqual(screen.lines(), ['\u2423b'])
            self.assertEqual(screen.unknown, 1)

    def test_third_colour_is_unknown(self):
        canvas = self.paint('b')
        canvas.dots[0][0] = RED
        self.assertEqual(decode_tiny(canvas).unknown, 1)

    def test_shifted_by_a_pixel_is_unknown(self):
        canvas = Canvas(18, 9)
        canvas.glyph(1, 0, TINY[0][1])
        self.assertEqual(decode_tiny(canvas).unknown, 1)

    def test_underline(self):
        for rows in ((7,), (8,), (7, 8)):
            canvas = self.paint('bA')
            for row in rows:
                canvas.dots[row] = [WHITE] * 18
            screen = decode_tiny(canvas)
            self.assertEqual(screen.lines(), ['bA'])

    def test_underlined_blank(self):
        canvas = self.paint('  ')
        canvas.dots[8] = [WHITE] * 18
        self.assertEqual(decode_tiny(canvas).lines(), [''])
        self.assertEqual(decode_tiny(canvas).unknown, 0)
        self.assertEqual(decode_tiny(self.paint('_')).lines(), ['_'])

    def test_line_through_the_middle_is_no_underline(self):
        canvas = self.paint('b')
        canvas.dots[2] = [WHITE] * 9
        self.assertEqual(decode_tiny(canvas).unknown, 1)

    def test_rest_of_the_picture_is_left_out(self):
        canvas = Canvas(9 * 2 + 8, 9 + 8, paper=RED)
        canvas.glyph(0, 0, TINY[1][1])
        self.assertEqual(decode_tiny(canvas).lines(), ['b'])


@unittest.skipUnless(os.path.exists(screen_text.DEFAULT_FONT),
                     'console-setup-linux is not installed')
class RealFont(unittest.TestCase):
    def test_every_character_of_the_font(self):
        shapes = rows_of_font(screen_text.DEFAULT_FONT)
        rows_to_chars = {}
        for char, rows in shapes.items():
            rows_to_chars.setdefault(tuple(rows), []).append(char)
        chars = sorted(c for c in shapes if c >= ' ' and c != '\u2588')
        canvas = Canvas(10 * 40, 20 * (len(chars) // 40 + 1))
        for i, char in enumerate(chars):
            canvas.glyph(i % 40 * 10, i // 40 * 20, shapes[char])
        font = screen_text.load_font(screen_text.DEFAULT_FONT)
        screen = screen_text.decode(pictures.parse(canvas.ppm()), font)
        for i, char in enumerate(chars):
            lowest = min(rows_to_chars[tuple(shapes[char])])
            self.assertEqual(screen.rows[i // 40][i % 40].char, lowest)

    def test_random_screens(self):
        shapes = rows_of_font(screen_text.DEFAULT_FONT)
        font = screen_text.load_font(screen_text.DEFAULT_FONT)
        rng = random.Random(1)
        for _ in range(5):
            text = [''.join(chr(rng.randint(32, 126)) for _ in range(30))
                    for _ in range(4)]
            canvas = Canvas(300, 80)
            for y, line in enumerate(text):
                for x, char in enumerate(line):
                    ink = (rng.randint(128, 255),) * 3
                    paper = (rng.randint(0, 127), 0, 0)
                    if rng.random() < 0.3:
                        ink, paper = paper, ink
                    canvas.glyph(x * 10, y * 20, shapes[char], ink, paper)
            screen = screen_text.decode(pictures.parse(canvas.ppm()), font)
            self.assertEqual(screen.lines(), [t.rstrip() for t in text])

    @unittest.skipUnless(os.path.exists(OTHER_FONT), 'no second font')
    def test_a_placeholder_in_another_font_is_not_read(self):
        shapes = rows_of_font(OTHER_FONT)
        font = screen_text.load_font(screen_text.DEFAULT_FONT)
        for text in PLACEHOLDERS:
            canvas = Canvas(640, 480)
            left = 320 - 11 * len(text) // 2
            for i, char in enumerate(text):
                canvas.glyph(left + 11 * i, 229, shapes[char])
            screen = screen_text.decode(pictures.parse(canvas.ppm()), font)
            self.assertNotIn(text, screen.text())
            self.assertNotIn('READY', screen.text())
            self.assertGreater(screen.unknown, 20)


class Fonts(unittest.TestCase):
    def refuse(self, blob, words):
        with self.assertRaises(screen_text.FontError) as caught:
            screen_text.parse_font(blob)
        self.assertIn(words, str(caught.exception))

    def test_errors_are_named(self):
        good = psf2(TINY, 9)
        self.refuse(good[:31], 'too short')
        self.refuse(b'\x36\x04' + good[2:], 'not a PSF version 2')
        self.refuse(psf2(TINY, 9, flags=0), 'no Unicode table')
        self.refuse(good[:60], 'glyphs are cut short')
        self.refuse(good[:-1], 'table is cut short')
        self.refuse(psf2(TINY, 9, table=b'\xc3\xff' * 5), 'not UTF-8')
        self.refuse(good[:20] + b'\1' + good[21:], 'contradicts itself')
        self.refuse(good[:28] + bytes(4), 'glyphs of 0x9')

    def test_sequences_of_characters_are_passed_over(self):
        table = b'xy\xfee\xcc\x81\xff' + b'\xfeab\xff' + b'c\xff' * 3
        font = screen_text.parse_font(psf2(TINY, 9, table=table))
        self.assertEqual(sorted(font.glyphs.values()), [' ', 'c', 'c', 'x'])

    def test_a_broken_gzip_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'f.psf.gz')
            whole = gzip.compress(psf2(TINY, 9))
            for blob in (whole[:-9], whole[:20] + b'zz' + whole[22:]):
                with open(path, 'wb') as file:
                    file.write(blob)
                with self.assertRaises(screen_text.FontError) as caught:
                    screen_text.load_font(path)
                self.assertIn('broken gzip', str(caught.exception))


def png_chunk(kind, content):
    return (struct.pack('>I', len(content)) + kind + content
            + struct.pack('>I', zlib.crc32(kind + content)))


def png(width, height, colour, lines, depth=8, interlace=0, pieces=1):
    """A PNG file from its filtered scan lines, IDAT cut into pieces."""
    packed = zlib.compress(lines)
    cut = len(packed) // pieces + 1
    return (b'\x89PNG\r\n\x1a\n'
            + png_chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth,
                                             colour, 0, 0, interlace))
            + b''.join(png_chunk(b'IDAT', packed[i:i + cut])
                       for i in range(0, len(packed), cut))
            + png_chunk(b'IEND', b''))


def filtered(method, dots, step, width):
    """Apply one PNG filter to all lines, by the standard's formulas."""
    out = b''
    above = bytes(width * step)
    for y in range(len(dots) // (width * step)):
        line = dots[y * width * step:(y + 1) * width * step]
        out += bytes([method])
        for i, value in enumerate(line):
            a = line[i - step] if i >= step else 0
            b = above[i]
            c = above[i - step] if i >= step else 0
            nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b),
                          (abs(a + b - 2 * c), 2, c))[2]
            guess = (0, a, b, (a + b) // 2, nearest)[method]
            out += bytes([(value - guess) % 256])
        above = line
    return out


class Pictures(unittest.TestCase):
    def refuse(self, blob, words):
        with self.assertRaises(pictures.PictureError) as caught:
            pictures.parse(blob)
        self.assertIn(words, str(caught.exception))

    def test_ppm_with_comments(self):
        shot = pictures.parse(b'P6 # by hand\n2\n# size\n1 255\n' + b'abcdef')
        self.assertEqual((shot.width, shot.height), (2, 1))
        self.assertEqual(shot.pixels, b'abcdef')

    def test_ppm_errors_are_named(self):
        self.refuse(b'P6\n2 1', 'cut short')
        self.refuse(b'P6\n2 x 255\n', 'where a number belongs')
        self.refuse(b'P6\n2 1 65535\n', 'not 255')
        self.refuse(b'P6\n2 1 255\nabcde', 'needs 6 bytes')
        self.refuse(b'P6\n2 1 255\nabcdefg', 'needs 6 bytes')
        self.refuse(b'P6\n0 1 255\n', '0x1')
        self.refuse(b'P6\n99999 1 255\n', '99999x1')
        self.refuse(b'P6\n123456 1 255\n', 'where a number belongs')
        self.refuse(b'GIF89a', 'neither')

    def test_png_filters(self):
        rng = random.Random(2)
        for colour, step in ((2, 3), (6, 4)):
            dots = bytes(rng.choice((0, 1, 7, 128, 250, 255))
                         for _ in range(7 * 5 * step))
            plain = b''.join(dots[i:i + 3] for i in range(0, len(dots), step))
            for method in range(5):
                lines = filtered(method, dots, step, 7)
                shot = pictures.parse(png(7, 5, colour, lines, pieces=3))
                self.assertEqual(shot.pixels, plain, (colour, method))

    def test_png_errors_are_named(self):
        lines = b'\0abc'
        good = png(1, 1, 2, lines)
        self.assertEqual(pictures.parse(good).pixels, b'abc')
        self.refuse(good[:40], 'cut short')
        self.refuse(good[:-12], 'no IEND')
        self.refuse(good[:20] + b'\7' + good[21:], 'wrong checksum')
        self.refuse(png(1, 1, 3, lines), 'colour type 3')
        self.refuse(png(1, 1, 2, lines, depth=16), 'depth 16')
        self.refuse(png(1, 1, 2, lines, interlace=1), 'interlaced')
        self.refuse(png(1, 1, 2, b'\5abc'), 'filter 5')
        self.refuse(png(1, 1, 2, b'\0ab'), 'not the number of bytes')
        self.refuse(png(1, 1, 2, b'\0' * 10000), 'not the number of bytes')
        self.refuse(png(20000, 1, 2, b''), '20000x1')
        junk = good.replace(zlib.compress(lines), b'?' * 12)
        self.refuse(junk, 'PNG')
        bare = b'\x89PNG\r\n\x1a\n' + png_chunk(b'IEND', b'')
        self.refuse(bare, 'no IHDR')

    def test_written_png_reads_back(self):
        rng = random.Random(3)
        dots = bytes(rng.randrange(256) for _ in range(13 * 4 * 3))
        shot = pictures.parse(pictures.png_bytes(
            pictures.Picture(13, 4, dots)))
        self.assertEqual((shot.width, shot.height), (13, 4))
        self.assertEqual(shot.pixels, dots)


class CommandLine(unittest.TestCase):
    def run_tool(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = screen_text.main(list(arguments))
        return status, out.getvalue(), err.getvalue()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.font = os.path.join(folder.name, 'tiny.psf')
        self.shot = os.path.join(folder.name, 'shot.ppm')
        canvas = Canvas(27, 18)
        canvas.glyph(0, 0, TINY[1][1])
        canvas.glyph(9, 0, TINY[0][1], ink=RED)
        canvas.dots[15][5] = WHITE
        with open(self.font, 'wb') as file:
            file.write(psf2(TINY, 9))
        with open(self.shot, 'wb') as file:
            file.write(canvas.ppm())

    def test_text(self):
        status, out, err = self.run_tool(self.shot, '--font', self.font,
                                         '--marker', '?')
        self.assertEqual((status, out), (0, 'bA\n?\n'))
        self.assertIn('1 unknown', err)

    def test_colours(self):
        _, out, _ = self.run_tool(self.shot, '--font', self.font, '--colors')
        self.assertIn("  0   1 #c80a0a #000000 'A'\n", out)

    def test_expect_and_strict(self):
        both = (self.shot, '--font', self.font)
        self.assertEqual(self.run_tool(*both, '--expect', 'bA')[0], 0)
        self.assertEqual(self.run_tool(*both, '--expect', 'Ab')[0], 1)
        self.assertEqual(self.run_tool(*both, '--strict')[0], 1)

    def test_missing_files(self):
        status, _, err = self.run_tool('/nonexistent', '--font', self.font)
        self.assertEqual(status, 2)
        self.assertIn('/nonexistent', err)
        status, _, err = self.run_tool(self.shot, '--font', self.shot)
        self.assertEqual(status, 2)
        self.assertIn('not a PSF', err)


if __name__ == '__main__':
    unittest.main()

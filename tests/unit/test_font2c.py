#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/font2c.py: good fonts arrive bit for bit, broken ones are refused."""
import gzip
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "..", "..", "tools", "font2c.py")
ASCII = [chr(code) for code in range(0x20, 0x7F)]


def psf2(glyphs, **changes):
    """A PSF2 file with these strings for the glyphs' codes; glyphs are 9x3
    pixels, glyph n all bytes n. `changes` overwrite fields of the header."""
    header = {"magic": b"\x72\xb5\x4a\x86", "version": 0, "start": 32,
              "flags": 1, "count": len(glyphs), "size": 6, "height": 3,
              "width": 9}
    header.update(changes)
    bitmap = b"".join(bytes([n & 0xFF]) * 6 for n in range(len(glyphs)))
    table = b"".join(codes.encode() + b"\xff" for codes in glyphs)
    return struct.pack("<4s7I", *header.values()) + bitmap + table


class Font2C(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.font = os.path.join(self.dir.name, "font.psf")
        self.out = os.path.join(self.dir.name, "font.c")

    def tearDown(self):
        self.dir.cleanup()

    def run_tool(self, *args):
        return subprocess.run([sys.executable, TOOL, *args],
                              stderr=subprocess.PIPE,
                              universal_newlines=True, check=False)

    def convert(self, raw):
        with open(self.font, "wb") as file:
            file.write(raw)
        done = self.run_tool(self.font, self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.out, encoding="ascii") as file:
            return file.read()

    def refuse(self, raw, reason):
        with open(self.font, "wb") as file:
            file.write(raw)
        self.expect_refusal(reason)

    def expect_refusal(self, reason):
        done = self.run_tool(self.font, self.out)
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.font, done.stderr)
        self.assertIn(reason, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertFalse(os.path.exists(self.out))

    def field(self, text, name):
        return int(re.search(rf"\.{name} = (\d+),", text).group(1))

    def mapping(self, text):
        pairs = re.findall(r"\{ 0x([0-9a-f]+), (\d+) \}", text)
        return [(int(code, 16), int(glyph)) for code, glyph in pairs]

    def bitmap(self, text):
        array = re.search(r"bitmap\[\] = \{(.*?)\}", text, re.S).group(1)
        return bytes(int(byte, 16) for byte in
                     re.findall(r"0x([0-9a-f]{2})\b", array))

    def test_a_font_arrives_whole(self):
        text = self.convert(psf2(ASCII + ["\u00e9\u4e00", "\ufffd"]))
        self.assertEqual(self.field(text, "width"), 9)
        self.assertEqual(self.field(text, "height"), 3)
        self.assertEqual(self.field(text, "row_len"), 2)
        self.assertEqual(self.field(text, "glyph_count"), 97)
        self.assertEqual(self.field(text, "map_count"), 98)
        self.assertEqual(
            self.mapping(text),
            [(0x20 + n, n) for n in range(95)] +
            [(0xE9, 95), (0x4E00, 95), (0xFFFD, 96)])
        self.assertEqual(self.bitmap(text),
                         b"".join(bytes([n]) * 6 for n in range(97)))

    def test_gzip_and_a_longer_header(self):
        raw = psf2(ASCII, start=40)
        raw = gzip.compress(raw[:32] + b"\xaa" * 8 + raw[32:])
        text = self.convert(raw)
        self.assertEqual(self.bitmap(text)[:12], b"\0" * 6 + b"\1" * 6)

    def test_without_a_replacement_there_is_the_question_mark(self):
        text = self.convert(psf2(ASCII))
        self.assertEqual(self.mapping(text)[-1], (0xFFFD, ord("?") - 0x20))

    def test_the_first_of_two_glyphs_has_the_code(self):
        text = self.convert(psf2(ASCII + ["A\u0391"]))
        self.assertIn((0x41, 0x21), self.mapping(text))
        self.assertIn((0x391, 95), self.mapping(text))
        self.assertEqual(self.field(text, "map_count"), 97)

    def test_sequences_are_no_code_points(self):
        raw = psf2(ASCII + ["\u00e9#"])
        raw = raw[:-2] + b"\xfee\xcc\x81\xff"
        text = self.convert(raw)
        self.assertEqual(self.mapping(text)[-2:], [(0xE9, 95), (0xFFFD, 31)])

    def test_what_comes_out_compiles(self):
        text = self.convert(psf2(ASCII))
        self.assertIn("const struct lev_font lev_font_console", text)
        include = os.path.join(os.path.dirname(TOOL), "..", "include")
        subprocess.run(["cc", "-std=c11", "-ffreestanding", "-Wall",
                        "-Wextra", "-Werror", "-pedantic", "-I", include,
                        "-c", self.out, "-o", self.out + ".o"], check=True)

    def test_a_missing_font_says_what_to_install(self):
        self.expect_refusal("apt-get install console-setup-linux")

    def test_a_directory_is_no_font(self):
        os.mkdir(self.font)
        self.expect_refusal("directory")

    def test_wrong_magic(self):
        self.refuse(b"", "not a PSF2 font")
        self.refuse(b"GIF89a" + bytes(100), "not a PSF2 font")
        self.refuse(psf2(ASCII, magic=b"\x72\xb5\x4a\x87"),
                    "not a PSF2 font")

    def test_psf1(self):
        self.refuse(b"\x36\x04\x02\x10" + bytes(4096), "PSF1")

    def test_every_truncation(self):
        raw = psf2(ASCII)
        for length in range(len(raw)):
            with self.subTest(length=length):
                self.assertNotEqual(self.truncated(raw[:length]), "")

    def truncated(self, raw):
        """In process, for there are hundreds."""
        try:
            FONT2C["parse"](raw)
        except FONT2C["FontError"] as err:
            return str(err)
        return ""

    def test_truncations_are_named(self):
        raw = psf2(ASCII)
        self.refuse(raw[:20], "ends inside the header")
        self.refuse(raw[:100], "ends inside glyph 11 of 95")
        self.refuse(raw[:-1], "ends after 94 of 95")
        self.refuse(gzip.compress(raw)[:-9], "gzip file is damaged")
        self.refuse(b"\x1f\x8b" + bytes(20), "gzip file is damaged")

    def test_sizes_that_cannot_be(self):
        self.refuse(psf2(ASCII, size=5), "does not take 5 bytes")
        self.refuse(psf2(ASCII, width=0), "glyphs of 0x3")
        self.refuse(psf2(ASCII, width=65), "glyphs of 65x3")
        self.refuse(psf2(ASCII, height=0), "glyphs of 9x0")
        self.refuse(psf2(ASCII, height=0xFFFFFFFF), "glyphs of 9x4294967295")
        self.refuse(psf2(ASCII, count=0), "0 glyphs")
        self.refuse(psf2(ASCII, count=0x10000), "65536 glyphs")
        self.refuse(psf2(ASCII, count=96), "Unicode table")
        self.refuse(psf2(ASCII, start=31), "header of 31 bytes")
        self.refuse(psf2(ASCII, start=0xFFFFFFFF), "ends inside glyph 0")
        self.refuse(psf2(ASCII, version=1), "version 1")

    def test_no_unicode_table(self):
        self.refuse(psf2(ASCII, flags=0), "no Unicode table")

    def test_a_broken_unicode_table(self):
        raw = psf2(ASCII)
        self.refuse(raw[:-2] + b"\x80\xff", "not UTF-8 at glyph 94")
        self.refuse(raw + b"x", "bytes after the Unicode table")

    def test_ascii_must_be_there(self):
        self.refuse(psf2(ASCII[:-1]), "U+007E")
        self.refuse(psf2(ASCII[1:]), "U+0020")

    def test_usage(self):
        self.assertEqual(self.run_tool().returncode, 2)
        self.assertEqual(self.run_tool("one").returncode, 2)


def load_tool():
    names = {"__name__": "font2c"}
    with open(TOOL, encoding="utf-8") as file:
        exec(compile(file.read(), TOOL, "exec"), names)
    return names


FONT2C = load_tool()

if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""A small reader of ELF object files: sections and symbols.

The machine's own binutils read only their own architecture's files; this
reads 32 and 64 bits, both byte orders.
"""
import collections
import struct

SHT_SYMTAB = 2
SHT_NOBITS = 8
SHF_WRITE = 1
SHF_ALLOC = 2
SHF_EXECINSTR = 4
SHN_UNDEF = 0
SHN_COMMON = 0xfff2
STB_LOCAL = 0
STT_OBJECT = 1

Section = collections.namedtuple('Section', 'name kind flags length')
# local: not seen outside the file; defined: not imported; is_data: an object,
# not a function; section: the Section it lies in, None if in no particular.
Symbol = collections.namedtuple('Symbol',
                                'name local defined is_data section')


class ElfError(Exception):
    """Not an ELF file that this reader understands."""


class Object:
    """One object file: lists of Section and of Symbol."""

    def __init__(self, blob):
        if blob[:4] != b'\x7fELF' or len(blob) < 64:
            raise ElfError('not an ELF file')
        if blob[4] not in (1, 2) or blob[5] not in (1, 2):
            raise ElfError('an ELF file of unknown class or byte order')
        self.blob = blob
        self.is_64 = blob[4] == 2
        self.order = '<' if blob[5] == 1 else '>'
        try:
            self.read()
        except (struct.error, IndexError, ValueError,
                OverflowError) as error:
            raise ElfError(f'a broken ELF file: {error}') from error

    def unpack(self, layout, offset):
        return struct.unpack_from(self.order + layout, self.blob, offset)

    def string(self, table, offset):
        start = table + offset
        return self.blob[start:self.blob.index(b'\0', start)].decode()

    def section_headers(self):
        """Yield (name offset, type, flags, offset, length, link)."""
        if self.is_64:
            start, = self.unpack('Q', 0x28)
            size, count, self.names = self.unpack('HHH', 0x3a)
        else:
            start, = self.unpack('I', 0x20)
            size, count, self.names = self.unpack('HHH', 0x2e)
        for i in range(count):
            layout = 'IIQQQQI' if self.is_64 else 'IIIIIII'
            name, kind, flags, _, offset, length, link = self.unpack(
                layout, start + i * size)
            yield name, kind, flags, offset, length, link

    def read(self):
        headers = list(self.section_headers())
        names = headers[self.names][3]
        self.sections = [Section(self.string(names, name), kind, flags, length)
                         for name, kind, flags, _, length, _ in headers]
        self.symbols = []
        for _, kind, _, offset, length, link in headers:
            if kind == SHT_SYMTAB:
                self.read_symbols(offset, length, headers[link][3])

    def read_symbols(self, offset, length, strings):
        size = 24 if self.is_64 else 16
        for at in range(offset, offset + length, size):
            if self.is_64:
                name, info, _, section = self.unpack('IBBH', at)
            else:
                name, _, _, info, _, section = self.unpack('IIIBBH', at)
            if not name:
                continue
            within = None
            if SHN_UNDEF < section < len(self.sections):
                within = self.sections[section]
            self.symbols.append(Symbol(
                self.string(strings, name), info >> 4 == STB_LOCAL,
                section != SHN_UNDEF,
                info & 15 == STT_OBJECT or section == SHN_COMMON, within))


def load(path):
    """Read the object file at path."""
    with open(path, 'rb') as file:
        return Object(file.read())

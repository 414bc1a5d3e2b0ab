# SPDX-License-Identifier: MIT
"""Pictures as the tools need them: read PPM and PNG, write PNG.

Only what a screenshot is made of: PPM P6 with 8 bits a channel, and PNG with
8-bit RGB or RGBA, not interlaced. Anything else is a PictureError that says
what was found.
"""
import struct
import zlib

PNG_MAGIC = b'\x89PNG\r\n\x1a\n'
MAX_SIDE = 16384


class PictureError(Exception):
    """The file is not a picture this reader understands."""


class Picture:
    """Width, height and the pixels: 3 bytes each (R, G, B), row by row."""

    def __init__(self, width, height, pixels):
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
            raise PictureError(f'a picture of {width}x{height} pixels')
        if len(pixels) != width * height * 3:
            raise PictureError(
                f'{width}x{height} needs {width * height * 3} bytes of '
                f'pixels, found {len(pixels)}')
        self.width = width
        self.height = height
        self.pixels = pixels


def load(path):
    """Read the picture in the file at path."""
    with open(path, 'rb') as file:
        return parse(file.read())


def parse(blob):
    """Read a picture from the bytes of a PPM or PNG file."""
    if blob.startswith(PNG_MAGIC):
        return parse_png(blob)
    if blob.startswith(b'P6'):
        return parse_ppm(blob)
    raise PictureError('neither PPM (P6) nor PNG')


def parse_ppm(blob):
    """Read P6; the header's numbers may be parted by blanks or comments."""
    numbers = []
    pos = 2
    while len(numbers) < 3:
        if pos >= len(blob):
            raise PictureError('PPM: the header is cut short')
        byte = blob[pos:pos + 1]
        if byte == b'#':
            end = blob.find(b'\n', pos)
            pos = len(blob) if end < 0 else end + 1
        elif byte.isspace():
            pos += 1
        else:
            start = pos
            while pos < len(blob) and blob[pos:pos + 1].isdigit():
                pos += 1
            if start == pos or pos - start > 5:
                raise PictureError(f'PPM: {byte!r} where a number belongs')
            numbers.append(int(blob[start:pos]))
    width, height, top = numbers
    if top != 255:
        raise PictureError(f'PPM: {top} as the highest value, not 255')
    if not blob[pos:pos + 1].isspace():
        raise PictureError('PPM: no blank after the header')
    return Picture(width, height, blob[pos + 1:])


def png_chunks(blob):
    """Yield (type, content) of each chunk, its checksum verified."""
    pos = len(PNG_MAGIC)
    while pos < len(blob):
        if len(blob) - pos < 12:
            raise PictureError('PNG: cut short')
        length, kind = struct.unpack_from('>I4s', blob, pos)
        if length > len(blob) - pos - 12:
            raise PictureError(f'PNG: chunk {kind!r} is cut short')
        content = blob[pos + 8:pos + 8 + length]
        checksum, = struct.unpack_from('>I', blob, pos + 8 + length)
        if zlib.crc32(kind + content) != checksum:
            raise PictureError(f'PNG: chunk {kind!r} has a wrong checksum')
        yield kind, content
        if kind == b'IEND':
            return
        pos += 12 + length
    raise PictureError('PNG: no IEND')


def png_header(content):
    """Check IHDR; return width, height and bytes a pixel."""
    if len(content) != 13:
        raise PictureError(f'PNG: IHDR of {len(content)} bytes')
    width, height, depth, colour, _, _, interlace = struct.unpack(
        '>IIBBBBB', content)
    if depth != 8 or colour not in (2, 6):
        raise PictureError(
            f'PNG: depth {depth}, colour type {colour}; only 8-bit RGB (2) '
            'and RGBA (6) are read')
    if interlace:
        raise PictureError('PNG: interlaced')
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise PictureError(f'a picture of {width}x{height} pixels')
    return width, height, 3 if colour == 2 else 4


def paeth(left, up, corner):
    """The standard's predictor: whichever neighbour is nearest the guess."""
    guess = left + up - corner
    by_left = abs(guess - left)
    by_up = abs(guess - up)
    by_corner = abs(guess - corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner


def unfilter(method, line, above, step):
    """Undo one scan line's filter in place."""
    if method == 0:
        return
    if method > 4:
        raise PictureError(f'PNG: filter {method}')
    for i, value in enumerate(line):
        left = line[i - step] if i >= step else 0
        if method == 1:
            guess = left
        elif method == 2:
            guess = above[i]
        elif method == 3:
            guess = (left + above[i]) // 2
        else:
            guess = paeth(left, above[i], above[i - step] if i >= step else 0)
        line[i] = (value + guess) & 0xff


def parse_png(blob):
    """Read a PNG; an alpha channel is dropped."""
    header = None
    packed = []
    for kind, content in png_chunks(blob):
        if kind == b'IHDR':
            header = png_header(content)
        elif kind == b'IDAT':
            packed.append(content)
    if header is None:
        raise PictureError('PNG: no IHDR')
    width, height, step = header
    stride = width * step
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(b''.join(packed), height * (stride + 1) + 1)
    except zlib.error as error:
        raise PictureError(f'PNG: {error}') from error
    if len(raw) != height * (stride + 1):
        raise PictureError('PNG: not the number of bytes its size asks for')
    above = bytearray(stride)
    pixels = bytearray()
    for y in range(height):
        start = y * (stride + 1)
        line = bytearray(raw[start + 1:start + 1 + stride])
        unfilter(raw[start], line, above, step)
        above = line
        if step == 4:
            line = bytearray(line)
            del line[3::4]
        pixels += line
    return Picture(width, height, bytes(pixels))


def png_chunk(kind, content):
    return (struct.pack('>I', len(content)) + kind + content +
            struct.pack('>I', zlib.crc32(kind + content)))


def png_bytes(picture):
    """The picture as the bytes of a PNG file."""
    stride = picture.width * 3
    lines = b''.join(b'\0' + picture.pixels[y * stride:(y + 1) * stride]
                     for y in range(picture.height))
    header = struct.pack('>IIBBBBB', picture.width, picture.height,
                         8, 2, 0, 0, 0)
    return (PNG_MAGIC + png_chunk(b'IHDR', header) +
            png_chunk(b'IDAT', zlib.compress(lines, 9)) +
            png_chunk(b'IEND', b''))

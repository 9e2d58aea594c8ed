"""Recognize bytes that are no text: by how they begin, or by their share of control bytes."""

from __future__ import annotations

MAX_CONTROLS = 0.05  # share of control bytes in text; compressed data has .10, the worst real page .01
HEADER = 128  # bytes in which every binary format below has a control byte
TEXT_BYTES = bytes(b for b in range(256) if b in b"\t\n\f\r" or (b >= 0x20 and b != 0x7F))

# Beginnings of files that are no text although they may hold nothing but text
PRINTED_MAGIC = {b"%PDF-": "PDF document", b"{\\rtf": "RTF document", b"%!PS": "PostScript document"}
# Beginnings of files that are no text, where control bytes follow: (offset, bytes, what it is)
MAGIC = (
    (0, b"\x89PNG", "PNG image"),
    (0, b"\xff\xd8\xff", "JPEG image"),
    (0, b"GIF8", "GIF image"),
    (8, b"WEBP", "WebP image"),
    (0, b"BM", "BMP image"),
    (0, b"II*\x00", "TIFF image"),
    (0, b"MM\x00*", "TIFF image"),
    (0, b"\x00\x00\x01\x00", "icon"),
    (0, b"8BPS", "Photoshop image"),
    (0, b"PK\x03\x04", "ZIP archive, or an office document"),
    (0, b"PK\x05\x06", "ZIP archive"),
    (0, b"\x1f\x8b", "gzip data"),
    (0, b"BZh", "bzip2 data"),
    (0, b"\xfd7zXZ", "xz data"),
    (0, b"\x28\xb5\x2f\xfd", "zstd data"),
    (0, b"7z\xbc\xaf", "7z archive"),
    (0, b"Rar!", "RAR archive"),
    (257, b"ustar", "tar archive"),
    (0, b"\xd0\xcf\x11\xe0", "old office document"),
    (0, b"PAR1", "Parquet file"),
    (0, b"ARROW1", "Arrow file"),
    (0, b"SQLite format", "SQLite database"),
    (0, b"\x89HDF", "HDF5 file"),
    (0, b"\x93NUMPY", "NumPy array"),
    (4, b"ftyp", "MP4 or HEIF media"),
    (0, b"\x1a\x45\xdf\xa3", "WebM or Matroska video"),
    (0, b"RIFF", "RIFF media"),
    (0, b"OggS", "Ogg media"),
    (0, b"fLaC", "FLAC audio"),
    (0, b"ID3", "MP3 audio"),
    (0, b"MThd", "MIDI audio"),
    (0, b"FLV", "Flash video"),
    (0, b"FWS", "Flash film"),
    (0, b"CWS", "Flash film"),
    (0, b"wOF", "font"),
    (0, b"OTTO", "font"),
    (0, b"\x00\x01\x00\x00", "font"),
    (0, b"\x7fELF", "program"),
    (0, b"MZ", "program"),
    (0, b"\xca\xfe\xba\xbe", "Java class"),
    (0, b"\x00asm", "WebAssembly"),
)


def kind_of_binary(raw: bytes) -> str | None:
    """Return what a file is, such as "PNG image", if it begins like no text does; else None."""
    if raw.startswith(tuple(PRINTED_MAGIC)):
        return next(kind for magic, kind in PRINTED_MAGIC.items() if raw.startswith(magic))
    if raw[:HEADER].translate(None, TEXT_BYTES):
        for offset, magic, kind in MAGIC:
            if raw.startswith(magic, offset):
                return kind
    return None


def noise_of(raw: bytes, controls: int) -> str | None:
    """Return the share of control bytes in words if it is larger than in any text; else None.

    Args:
        raw: The bytes.
        controls: Number of control bytes among them.
    """
    unpadded = raw.rstrip(b"\x00")  # a file that was allocated but not written to its end is still text
    share = (controls - len(raw) + len(unpadded)) / len(unpadded) if unpadded else 1
    return f"{share * 100:.0f} % control bytes" if share > MAX_CONTROLS else None

"""Read a body up to a bound, whatever the other side sends: too much, too little, packed, or nothing.

Packed bodies are unpacked here and not by aiohttp, which would unpack a whole chunk before anybody could look at how
large it becomes.
"""

import zlib

import aiohttp

ACCEPTED_ENCODINGS = "gzip, deflate"

_UNPACKED_HERE = frozenset({"gzip", "x-gzip", "deflate"})
_NOT_PACKED = frozenset({"", "identity"})
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_RAW_DEFLATE = -zlib.MAX_WBITS


async def read_body(response: aiohttp.ClientResponse, *, most_bytes: int) -> tuple[bytes, bool]:
    """Return as much of the body as came and fits, and whether that is not the whole.

    ``most_bytes`` bounds the bytes that are read and, again, what they unpack to.
    """
    raw, cut = await _read(response, most_bytes=most_bytes)
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in _NOT_PACKED:
        return raw, cut
    if encoding not in _UNPACKED_HERE:
        return b"", True
    body, is_whole = unpacked(raw, most_bytes=most_bytes)
    return body, cut or not is_whole


async def _read(response: aiohttp.ClientResponse, *, most_bytes: int) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    left = most_bytes
    content = response.content
    read = content.readany
    try:
        if content.is_eof():  # the usual case: it came in one piece with its headers
            whole = content.read_nowait()
            return whole[:most_bytes], len(whole) > most_bytes
        while part := await read():
            parts.append(part)
            left -= len(part)
            if left < 0:
                response.close()
                return b"".join(parts)[:most_bytes], True
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        response.close()
        return b"".join(parts), True
    return parts[0] if len(parts) == 1 else b"".join(parts), False


def unpacked(raw: bytes, *, most_bytes: int) -> tuple[bytes, bool]:
    """Unpack at most ``most_bytes``, and say whether that is the whole; nothing where it cannot be unpacked."""
    if not raw:
        return b"", True
    for wbits in (_GZIP_OR_ZLIB, _RAW_DEFLATE):  # some servers send "deflate" without its wrapper
        unpacker = zlib.decompressobj(wbits=wbits)
        try:
            body = unpacker.decompress(raw, most_bytes)
        except zlib.error:
            continue
        return body, unpacker.eof
    return b"", False

"""Lay a plane's pixels onto its image, by Overlay Origin.

Standard: PS3.3 section C.9.2.1.1 (Overlay Origin can be outside the image).
"""


def lay_on_image(pixels: bytes, size: tuple[int, int], origin: tuple[int, int], image: tuple[int, int]) -> bytes:
    """Return one byte per pixel of the image, with the plane's pixels in place; pixels outside the image are cut off.

    Parameters
    ----------
    pixels : one byte per pixel of the plane, row by row.
    size, image : (rows, columns) of the plane and of the image.
    origin : (row, column) of the plane's first pixel on the image, counted from 1.
    """
    if (size, origin) == (image, (1, 1)):
        return pixels
    (rows, columns), (image_rows, image_columns) = size, image
    top, left = origin[0] - 1, origin[1] - 1
    first, end = max(0, left), min(image_columns, left + columns)
    result = bytearray(image_rows * image_columns)
    if first < end:
        for row in range(max(0, top), min(image_rows, top + rows)):
            at = (row - top) * columns - left
            result[row * image_columns + first : row * image_columns + end] = pixels[at + first : at + end]
    return bytes(result)

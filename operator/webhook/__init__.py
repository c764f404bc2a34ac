"""The admission and conversion program; the only package that imports aiohttp.web."""

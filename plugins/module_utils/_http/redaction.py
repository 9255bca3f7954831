# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datadog's errors in words and as data, with no secret in them. Loaded when something has gone wrong."""

from __future__ import annotations

import json
import math
import re
import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from .._secrets import HIDDEN
from .answers import BadShape, parse_json

# How much of an answer is shown, in characters and in errors.
LONGEST_TEXT = 1000
LONGEST_EXCERPT = 200
MOST_ERRORS = 20

# A longer secret (a proof of an AWS identity has 2,000 characters) is looked for in the usual spellings only: a pattern
# that allows for each character to be encoded would take half a second to compile.
LONGEST_KEY = 200
# What keys are made of, however they are encoded.
IN_KEYS = string.ascii_letters + string.digits + "_-+/=%"


class Redaction:
    """Datadog's errors as data and in words, with the given secrets blacked out wherever they appear."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [
            re.compile("|".join(_spellings(secret))) for secret in sorted(secrets, key=len)[::-1] if secret
        ]

    def read(self, body: bytes, content_type: str) -> tuple[list[object], str]:
        """The errors in ``body`` as data, and in words (a clause, never empty).

        Datadog sends ``{"errors": [...]}`` with objects or plain strings (API reference; both seen). What stands in
        between can send anything.
        """
        try:
            answer = parse_json(body)
        except BadShape:
            return [], self.describe_body(body, content_type)
        found = answer.get("errors") if isinstance(answer, dict) else None
        if not isinstance(found, list) or not found:
            return [], self._excerpt(body)
        errors = [self._clean(error) for error in found[:MOST_ERRORS]]
        texts = [_in_words(error)[:LONGEST_TEXT] for error in errors]
        more = len(found) - len(errors)
        words = "; ".join(texts) + (f"; and {more} more" if more else "")
        small = len(json.dumps(errors)) <= MOST_ERRORS * LONGEST_TEXT
        return errors if small else list(texts), words

    def scrub(self, text: str) -> str:
        """``text`` without secrets."""
        for secret in self._secrets:
            text = secret.sub(HIDDEN, text)
        return text

    def describe_body(self, body: bytes, content_type: str) -> str:
        """What an unreadable body is, for a sentence."""
        if not body:
            return "empty"
        media_type = re.match(r"[\w.+-]{1,40}/[\w.+-]{1,60}(?=\s*(?:;|$))", content_type)
        named = self.scrub(media_type.group()) if media_type else "of no known type"
        excerpt = self._excerpt(body)
        return f"{named}, {len(body):,} bytes" + (f", '{excerpt}'" if excerpt else "")

    def _excerpt(self, body: bytes) -> str:
        """The first readable words of a text or an HTML page."""
        text = self.scrub(_cut(body.decode("utf-8", "replace"), 10 * LONGEST_TEXT))
        text = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", text)
        text = re.sub(r"<[^>]*>", " ", text)
        text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        return _cut(text, LONGEST_EXCERPT)

    def _clean(self, value: object, depth: int = 0) -> object:
        """``value`` fit to be shown: no secrets, valid text, of bounded size."""
        if isinstance(value, str):
            return self.scrub(_cut(value, 10 * LONGEST_TEXT).encode("utf-8", "replace").decode())[:LONGEST_TEXT]
        if isinstance(value, (dict, list)) and depth > 4:
            return "..."
        if isinstance(value, dict):
            pairs = list(value.items())[:MOST_ERRORS]
            return {str(self._clean(key)): self._clean(item, depth + 1) for key, item in pairs}
        if isinstance(value, list):
            return [self._clean(item, depth + 1) for item in value[:MOST_ERRORS]]
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)  # Python reads and writes such numbers; JSON has none.
        return value


def _spellings(secret: str) -> Iterator[str]:
    """Patterns for ``secret``: in base64, and as it stands, any of its characters percent-encoded or escaped."""
    raw = secret.encode()
    yield from (re.escape(b64encode(raw).decode()), re.escape(urlsafe_b64encode(raw).decode()))
    if len(secret) > LONGEST_KEY:
        yield from map(re.escape, (secret, quote(secret, safe=""), quote_plus(secret), secret.replace("/", "\\/")))
    else:
        yield "".join(rf"(?:\\?{re.escape(letter)}|(?i:%{ord(letter):02x}))" for letter in secret)


def _in_words(error: object) -> str:
    """One error as a clause: title, detail, and where in the request it lies."""
    if isinstance(error, str):
        return error.strip().rstrip(".") or "an empty error"
    if not isinstance(error, dict):
        return json.dumps(error)
    parts = [str(error.get(key) or "").strip().rstrip(".") for key in ("title", "detail")]
    parts = [part for part in parts if part]
    source = error.get("source")
    places = [f"{key} {place}" for key, place in source.items()] if isinstance(source, dict) else []
    rest = {key: item for key, item in error.items() if key not in ("title", "detail", "source") and item}
    if set(rest) - {"status"} or not parts:
        places.append(json.dumps(rest or error))
    return (": ".join(parts) + (f" ({', '.join(places)})" if places else "")).strip()


def _cut(text: str, most: int) -> str:
    """The beginning of ``text``. Half a key would not be known for one, so the last word goes where it is cut."""
    return text if len(text) <= most else text[:most].rstrip(IN_KEYS) + "..."

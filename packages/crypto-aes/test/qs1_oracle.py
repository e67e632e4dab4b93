"""The format qs1, written from docs/qs1-format.md alone, on Python's `cryptography`.

It reads a JSON list of requests from standard input and writes the JSON list of answers to standard output:

    {"do": "seal", "key": base64, "context": {…}, "iv": hex, "plaintext": base64}  ->  every step, see `seal`
    {"do": "open", "keys": [base64, …], "context": {…}, "ciphertext": text}        ->  {"plaintext": base64}
                                                                                   or  {"error": MALFORMED | …}

`python3 qs1_oracle.py vectors` prints test/vectors/qs1.json, whose keys are no secrets; no key is ever an argument.
"""

import hashlib
import hmac
import json
import re
import sys
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

IV_BYTES = 12
TAG_BYTES = 16
SHAPE = re.compile(r"qs1\.a256gcm\.([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]+)", re.ASCII)


class Refused(Exception):
    """What a reader refuses, by the name that the document gives it."""


def base64url(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def canonical_base64url(text):
    """The bytes of unpadded base64url, if the text is the one way to write them."""
    if len(text) % 4 == 1:
        raise Refused("MALFORMED")
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(data) != text:
        raise Refused("MALFORMED")
    return data


def key_id(key):
    return base64url(hmac.new(key, b"qarion/kid/v1\x00cipher", hashlib.sha256).digest()[:9])


def hkdf_info(context):
    return b"qarion/qs1/a256gcm\x00" + context.get("column", "").encode("utf-8")


def column_key(key, context):
    return HKDF(algorithm=SHA256(), length=32, salt=b"", info=hkdf_info(context)).derive(key)


def lp(data):
    return len(data).to_bytes(4, "big") + data


def associated_data(name_of_key, context):
    members = sorted((name.encode("utf-8"), value.encode("utf-8")) for name, value in context.items())
    return b"".join(
        [
            lp(b"qs1"),
            lp(b"a256gcm"),
            lp(name_of_key.encode("ascii")),
            len(members).to_bytes(4, "big"),
            *[lp(name) + lp(value) for name, value in members],
        ]
    )


def check_context(context):
    for name, value in context.items():
        if name == "" or not isinstance(value, str):
            raise Refused("CONTEXT")
        try:
            (name.encode("utf-8"), value.encode("utf-8"))
        except UnicodeEncodeError:
            raise Refused("CONTEXT") from None
    if len(context.get("column", "").encode("utf-8")) > 1000:
        raise Refused("CONTEXT")


def seal(key, context, iv, plaintext):
    check_context(context)
    name = key_id(key)
    derived = column_key(key, context)
    aad = associated_data(name, context)
    body = iv + AESGCM(derived).encrypt(iv, plaintext, aad)
    return {
        "keyId": name,
        "info": hkdf_info(context).hex(),
        "columnKey": derived.hex(),
        "aad": aad.hex(),
        "ciphertext": f"qs1.a256gcm.{name}.{base64url(body)}",
    }


def unseal(keys, context, text):
    check_context(context)
    shape = SHAPE.fullmatch(text)
    if shape is None:
        raise Refused("MALFORMED")
    name, body = shape[1], canonical_base64url(shape[2])
    if len(body) < IV_BYTES + TAG_BYTES:
        raise Refused("MALFORMED")
    key = next((key for key in keys if key_id(key) == name), None)
    if key is None:
        raise Refused("KEY_UNKNOWN")
    try:
        return AESGCM(column_key(key, context)).decrypt(body[:IV_BYTES], body[IV_BYTES:], associated_data(name, context))
    except InvalidTag:
        raise Refused("AUTHENTICATION_FAILED") from None


def answer(request):
    try:
        if request["do"] == "seal":
            return seal(
                b64decode(request["key"]),
                request["context"],
                bytes.fromhex(request["iv"]),
                b64decode(request["plaintext"]),
            )
        if request["do"] == "open":
            keys = [b64decode(key) for key in request["keys"]]
            return {"plaintext": b64encode(unseal(keys, request["context"], request["ciphertext"])).decode("ascii")}
    except Refused as refused:
        return {"error": str(refused)}
    raise ValueError("not a request")


# --- the published vectors ---------------------------------------------------------------------------------------

KEY = bytes(range(32))
OTHER_KEY = hashlib.sha256(b"qs1 vectors, the other key").digest()

ACCEPTED = [
    ("the worked example of the document", KEY, {"column": "connectors.credentials", "row": "42"}, "grüße".encode()),
    ("empty plaintext, no context", KEY, {}, b""),
    ("ASCII, no context", KEY, {}, b"the quick brown fox jumps over the lazy dog"),
    ("no context, the other key", OTHER_KEY, {}, b"the quick brown fox jumps over the lazy dog"),
    ("Unicode of one to four bytes, not normalised", KEY, {"column": "a"}, "a \u00e9 e\u0301 \u20ac \U0001f600 \ufeff".encode()),
    ("binary: every byte once", OTHER_KEY, {"column": "files.content"}, bytes(range(256))),
    ("column only", KEY, {"column": "connectors.credentials"}, b"x"),
    ("an empty column derives the key of no column, and is bound", KEY, {"column": ""}, b"x"),
    ("no column, another member", KEY, {"row": "42"}, b"x"),
    ("a column of 1,000 bytes", KEY, {"column": "\u00e9" * 500}, b"x"),
    (
        "unsorted members, whose names sort by UTF-8 bytes and not by UTF-16 units",
        OTHER_KEY,
        {
            "\uff5e": "U+FF5E is after U+10000 in UTF-16 and before it in UTF-8",
            "\U00010000": "",
            "zeile": "7",
            "column": "tabelle.spalte",
            "\u00e4": "a umlaut",
            "Z": "capital",
            "10": "ten",
            "9": "nine",
            "a\u0308": "a and a combining diaeresis",
        },
        "Gr\u00f6\u00dfe".encode(),
    ),
    ("values that hold separators", KEY, {"column": "a\x00b", "a": '","b":"', "__proto__": "own", "é": "."}, b"."),
    ("a plaintext that looks like a ciphertext, which a reader takes as it is", KEY, {"column": "a"}, b"gAAAAA qs1."),
    ("a long plaintext", OTHER_KEY, {"column": "notes.text"}, "0123456789abcdef".encode() * 256 + b"!"),
]


def flipped(text, position):
    """The text with the lowest bit of the value of one base64url character turned."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:position] + alphabet[alphabet.index(text[position]) ^ 1] + text[position + 1 :]


def vectors():
    accepted = []
    for name, key, context, plaintext in ACCEPTED:
        # Fixed only to be published; a writer takes 12 fresh random bytes each time.
        iv = bytes(range(0xA0, 0xAC)) if not accepted else hashlib.sha256(f"qs1 iv: {name}".encode()).digest()[:12]
        accepted.append(
            {
                "name": name,
                "key": b64encode(key).decode("ascii"),
                "context": context,
                "iv": iv.hex(),
                "plaintext": b64encode(plaintext).decode("ascii"),
                **seal(key, context, iv, plaintext),
            }
        )

    context = {"column": "connectors.credentials", "row": "42"}
    iv, name = bytes(range(0xB0, 0xBC)), key_id(KEY)
    right_key, right_aad = column_key(KEY, context), associated_data(name, context)
    prefix = f"qs1.a256gcm.{name}."

    def text_of(body):
        return prefix + base64url(body)

    def sealed(key, aad, plaintext=b"x"):
        return iv + AESGCM(key).encrypt(iv, plaintext, aad)

    good = seal(KEY, context, iv, b"0123456789")["ciphertext"]
    body = sealed(right_key, right_aad, b"0123456789")  # 38 bytes, so that the last character has two unused bits
    body_text = good[len(prefix) :]
    malformed = {
        "empty": "",
        "the prefix alone": "qs1.a256gcm.",
        "no body": prefix,
        "three parts": "qs1.a256gcm." + body_text,
        "five parts": good + ".",
        "five parts, the last filled": good + ".AAAA",
        "another version": "qs2" + good[3:],
        "the prefix in capitals": "QS1" + good[3:],
        "another algorithm": good.replace("a256gcm", "a128gcm"),
        "the algorithm in capitals": good.replace("a256gcm", "A256GCM"),
        "a key id of 11 characters": "qs1.a256gcm." + good[13:],
        "a key id of 13 characters": "qs1.a256gcm.A" + good[12:],
        "a key id of the standard alphabet": "qs1.a256gcm.+" + good[13:],
        "white space before": " " + good,
        "a line end after": good + "\n",
        "white space inside": good[:30] + " " + good[30:],
        "quotes": f'"{good}"',
        "padding": good + "=",
        "unused bits that are set": flipped(good, len(good) - 1),
        "a number of characters that no bytes have": good + "AA",
        "the standard alphabet": prefix + b64encode(b"\xff" * 38).decode("ascii").rstrip("="),
        "a body of 27 bytes": text_of(body[:27]),
        "an empty plaintext with a tag of 15 bytes": text_of(sealed(right_key, right_aad, b"")[:-1]),
    }
    unauthentic = {
        "a bit of the IV": text_of(bytes([body[0] ^ 1]) + body[1:]),
        "a bit of the ciphertext": text_of(body[:12] + bytes([body[12] ^ 1]) + body[13:]),
        "a bit of the tag": text_of(body[:-1] + bytes([body[-1] ^ 1])),
        "the tag cut to 12 bytes": text_of(body[:-4]),
        "a byte appended": text_of(body + b"\x00"),
        "the key of no column": text_of(sealed(column_key(KEY, {}), right_aad)),
        "the ring's key used as it is": text_of(sealed(KEY, right_aad)),
        "no associated data": text_of(sealed(right_key, b"")),
        "associated data of no context": text_of(sealed(right_key, associated_data(name, {}))),
        "associated data of another key": text_of(sealed(right_key, associated_data(key_id(OTHER_KEY), context))),
    }
    others = {
        "none": {},
        "a member less": {"column": "connectors.credentials"},
        "a member more": {**context, "x": ""},
        "another row": {**context, "row": "43"},
        "another column": {**context, "column": "connectors.credential"},
        "a letter moved from value to name": {"column": "connectors.credentials", "row4": "2"},
    }
    unusables = {
        "an empty name": {**context, "": "x"},
        "a number": {**context, "row": 42},
        "null": {**context, "row": None},
        "a column of 1,001 bytes": {"column": "\u00e9" * 500 + "x"},
    }
    refused = [
        *[(what, KEY, context, text, "MALFORMED") for what, text in malformed.items()],
        ("a key that the reader does not hold", OTHER_KEY, context, good, "KEY_UNKNOWN"),
        ("a key id of another key", KEY, context, good.replace(name, key_id(OTHER_KEY)), "KEY_UNKNOWN"),
        *[(what, KEY, context, text, "AUTHENTICATION_FAILED") for what, text in unauthentic.items()],
        *[("context: " + what, KEY, other, good, "AUTHENTICATION_FAILED") for what, other in others.items()],
        *[("context: " + what, KEY, unusable, good, "CONTEXT") for what, unusable in unusables.items()],
    ]
    return {
        "format": "qs1",
        "document": "docs/qs1-format.md",
        "source": "test/qs1_oracle.py, on Python's cryptography",
        "encodings": "key and plaintext: base64; iv, info, columnKey and aad: hexadecimal",
        "vectors": accepted,
        "refused": [
            {
                "name": what,
                "key": b64encode(key).decode("ascii"),
                "context": given,
                "ciphertext": text,
                "error": error,
            }
            for what, key, given, text, error in refused
        ],
    }


if __name__ == "__main__":
    if sys.argv[1:] == ["vectors"]:
        sys.stdout.buffer.write((json.dumps(vectors(), indent=2, ensure_ascii=False) + "\n").encode("utf-8"))
    else:
        print(json.dumps([answer(request) for request in json.load(sys.stdin)]))

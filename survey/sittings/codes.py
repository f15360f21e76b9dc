"""What opens a door: a key that nobody guesses, and a code that people type from a poster."""

import secrets
import unicodedata

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud and copied by hand
KEY_LENGTH = 26  # 26 x 5 bits hold the 128 random ones
CODE_LENGTH = 8  # seven random digits and a check digit

# Damm's quasigroup of order ten (H. M. Damm, 2004): the check digit betrays every single wrong
# digit and every pair of neighbours exchanged.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
SEPARATORS = frozenset(" .-_·‐‑‒–—−\u00a0\u2009\u202f\u3000\t")


def draw_key() -> str:
    """128 random bits in Crockford's base 32, upper case: `HTTPS://HOST/D/<key>` then fits the
    alphanumeric mode of a QR."""
    number = secrets.randbits(128)
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(KEY_LENGTH)))


def draw_code() -> str:
    digits = f"{secrets.randbelow(10 ** (CODE_LENGTH - 1)):0{CODE_LENGTH - 1}d}"
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """Damm's check digit; that of a whole code, its own included, is "0"."""
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim


def spaced(code: str) -> str:
    """`48271936` -> `4827 1936`, as it stands on the poster."""
    return f"{code[:4]} {code[4:]}"


def read_code(typed: str) -> str | None:
    """The code that was meant, whatever stands between the digits and whichever digits a
    phone's keyboard writes; None where it can be no code of ours."""
    digits = ""
    for char in typed:
        if char.isdecimal():
            digits += str(unicodedata.decimal(char))
        elif char not in SEPARATORS:
            return None
    return digits if len(digits) == CODE_LENGTH and check_digit(digits) == "0" else None

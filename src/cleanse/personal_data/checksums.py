"""Check digits of numbers. Each function takes bare characters, without spaces, and tells whether they are consistent."""

from __future__ import annotations

LA_POSTE = "356000000"  # SIREN whose establishments need not satisfy Luhn: their digits sum to a multiple of five

# Characters of an IBAN by country; ISO 13616 registry, release 97.
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def is_luhn(digits: str) -> bool:
    """Return whether digits satisfy Luhn's formula (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(characters: str) -> bool:
    """Return whether characters are an IBAN: its country's length, and 1 modulo 97 (ISO 13616)."""
    if IBAN_LENGTHS.get(characters[:2]) != len(characters):
        return False
    turned = characters[4:] + characters[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_nir(characters: str) -> bool:
    """Return whether 15 characters are a French social security number: possible month and place of birth, and its key."""
    month = int(characters[3:5])
    if not (1 <= month <= 12 or 20 <= month <= 42 or month >= 50):
        return False
    department = characters[5:7].upper()
    if department == "00":
        return False
    department = {"2A": "19", "2B": "18"}.get(department, department)  # Corsica
    number = characters[:5] + department + characters[7:13]
    return number.isdecimal() and int(characters[13:]) == 97 - int(number) % 97


def is_siret(digits: str) -> bool:
    """Return whether 14 digits are the number of a French establishment."""
    if digits.startswith(LA_POSTE):
        return is_luhn(digits) or sum(map(int, digits)) % 5 == 0
    return is_luhn(digits[:9]) and is_luhn(digits)


def is_isbn(characters: str) -> bool:
    """Return whether 10 or 13 characters are a book number."""
    if len(characters) == 13:
        return characters.isdecimal() and sum(int(c) * (1 + 2 * (n % 2)) for n, c in enumerate(characters)) % 10 == 0
    values = [10 if character in "xX" else int(character) for character in characters]
    return len(values) == 10 and 10 not in values[:-1] and sum(v * (10 - n) for n, v in enumerate(values)) % 11 == 0


def is_card(digits: str) -> bool:
    """Return whether digits are a payment card's: a known issuer's prefix, its length, and Luhn's formula."""
    first, two, four, count = digits[0], int(digits[:2]), int(digits[:4]), len(digits)
    known = (
        (first == "4" and count in (13, 16, 19))  # Visa
        or ((51 <= two <= 55 or 2221 <= four <= 2720) and count == 16)  # Mastercard
        or (two in (34, 37) and count == 15)  # American Express
        or ((two in (36, 38, 39) or 3000 <= four <= 3059) and count == 14)  # Diners Club
        or (3528 <= four <= 3589 and count == 16)  # JCB
        or (
            (four == 6011 or two == 65 or 6440 <= four <= 6499 or two == 62) and 16 <= count <= 19
        )  # Discover, UnionPay
    )
    return known and len(set(digits)) > 1 and is_luhn(digits)

"""Chance by address: who, where, when and what for give the same number, always.

Every draw is one block of the counter-based generator Philox 4x32-10 (Salmon et al. 2011). Its
key holds seed, replicate and branch; its counter holds the household's serial number within its
district, the district and month, the purpose, and an index (of a programme or visit). No draw
depends on another or on the order of calls, so a new rule or programme moves no other draw.
This is the only file of the project that makes random numbers.
"""

import math

import numpy as np

from simulation.compiled import loop, rule

# Purposes: a number, once given, is never used for anything else.
INCOME = 1
ENTERPRISE = 2
MEASUREMENT = 3
HOSPITAL = 4
HOSPITAL_BILL = 5
THEFT = 6
ASSISTANCE = 7
CLOSURE = 8
START = 9
STREET = 10
REHABILITATION = 11
PAYMENT = 12
BOOKS = 13
APPLICATION = 14
ATTENDANCE = 15
SCORING = 16
VENTURE = 17
MENTOR_QUALITY = 18
VISIT = 19
HEARING = 20
STAYING = 21
CONSENT = 22
REGISTRATION = 23
ONBOARDING = 24
REFERRAL = 25
TRAIT_MEMBERS = 101
TRAIT_ABILITY = 102
TRAIT_WAGE = 103
TRAIT_ENTERPRISE = 104
TRAIT_SECTOR = 105
TRAIT_OWNER = 106
TRAIT_ACCESS = 107
TRAIT_HEAD = 108
TRAIT_STATE = 109
TRAIT_PPKS = 110
TRAIT_PLACE = 111
SAMPLE = 201
ORDER = 202
ASSIGNMENT = 203
ATTRITION = 204
SURVEY = 205
RESAMPLE = 206
PRIOR = 207
DESIGN = 208

# Branches of the seed.
POPULATION = 1
LIFE = 2
PARTICIPATION = 3
CALIBRATION = 4

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF_WORD = np.uint64(32)
_TOP_BITS = np.uint64(20)
_DROPPED_BITS = np.uint64(12)
_MONTH_BITS = np.uint64(18)
_ROUNDS = 10


Word = np.uint64


@rule
def philox(
    c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word
) -> tuple[Word, Word, Word, Word]:
    """Return one block of Philox 4x32-10: four 32-bit words, each held in a uint64."""
    for _ in range(_ROUNDS):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0 = (product_1 >> _HALF_WORD) ^ c1 ^ k0
        c1 = product_1 & _LOW
        c2 = (product_0 >> _HALF_WORD) ^ c3 ^ k1
        c3 = product_0 & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@rule
def moment(district: int, month: int) -> Word:
    """Return the word of a draw's address that says where and when.

    Parameters
    ----------
    district : int
        BPS code of the district, at most four digits.
    month : int
        Month of the run, 0 for the first.
    """
    return (np.uint64(district) << _MONTH_BITS) | np.uint64(month)


def moments(districts: np.ndarray | int, month: int) -> np.ndarray:
    """Return the words of `moment` for many districts at once."""
    return (np.asarray(districts, np.uint64) << _MONTH_BITS) | np.uint64(month)


@rule
def _fraction(high: Word, low: Word) -> float:
    """Return a double strictly between 0 and 1 from two 32-bit words (52 bits are used)."""
    return (float((high << _TOP_BITS) | (low >> _DROPPED_BITS)) + 0.5) * 2.0**-52


@rule
def _block(
    key: Word, serial: int, when: Word, purpose: int, index: int
) -> tuple[Word, Word, Word, Word]:
    lock = np.uint64(key)
    return philox(
        np.uint64(serial),
        np.uint64(when),
        np.uint64(purpose),
        np.uint64(index),
        lock & _LOW,
        lock >> _HALF_WORD,
    )


@rule
def uniform(key: Word, serial: int, when: Word, purpose: int, index: int) -> float:
    """Draw one uniform number strictly between 0 and 1.

    Parameters
    ----------
    key : numpy.uint64
        From `branch_key`.
    serial : int
        The household's number within its district.
    when : numpy.uint64
        From `moment`.
    purpose : int
        One of the purposes named in this file.
    index : int
        Which programme, contract or visit; 0 where there is only one.
    """
    x0, x1, _, _ = _block(key, serial, when, purpose, index)
    return _fraction(x0, x1)


@rule
def uniforms(key: Word, serial: int, when: Word, purpose: int, index: int) -> tuple[float, float]:
    """Draw two independent uniform numbers from one address; see `uniform`."""
    x0, x1, x2, x3 = _block(key, serial, when, purpose, index)
    return _fraction(x0, x1), _fraction(x2, x3)


@rule
def normals(key: Word, serial: int, when: Word, purpose: int, index: int) -> tuple[float, float]:
    """Draw two independent standard normal numbers from one address; see `uniform`."""
    u, v = uniforms(key, serial, when, purpose, index)
    return normal_quantile(u), normal_quantile(v)


@rule
def normal_quantile(u: float) -> float:
    """Return the standard normal quantile of `u` (Wichura 1988, AS 241, PPND16)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        numerator = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
        numerator = numerator * r + 6.7265770927008700853e4
        numerator = numerator * r + 4.5921953931549871457e4
        numerator = numerator * r + 1.3731693765509461125e4
        numerator = numerator * r + 1.9715909503065514427e3
        numerator = numerator * r + 1.3314166789178437745e2
        numerator = numerator * r + 3.3871328727963666080e0
        denominator = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
        denominator = denominator * r + 3.9307895800092710610e4
        denominator = denominator * r + 2.1213794301586595867e4
        denominator = denominator * r + 5.3941960214247511077e3
        denominator = denominator * r + 6.8718700749205790830e2
        denominator = denominator * r + 4.2313330701600911252e1
        denominator = denominator * r + 1.0
        return q * numerator / denominator
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    if r <= 5.0:
        r -= 1.6
        numerator = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
        numerator = numerator * r + 2.41780725177450611770e-1
        numerator = numerator * r + 1.27045825245236838258e0
        numerator = numerator * r + 3.64784832476320460504e0
        numerator = numerator * r + 5.76949722146069140550e0
        numerator = numerator * r + 4.63033784615654529590e0
        numerator = numerator * r + 1.42343711074968357734e0
        denominator = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
        denominator = denominator * r + 1.51986665636164571966e-2
        denominator = denominator * r + 1.48103976427480074590e-1
        denominator = denominator * r + 6.89767334985100004550e-1
        denominator = denominator * r + 1.67638483018380384940e0
        denominator = denominator * r + 2.05319162663775882187e0
        denominator = denominator * r + 1.0
    else:
        r -= 5.0
        numerator = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        numerator = numerator * r + 1.24266094738807843860e-3
        numerator = numerator * r + 2.65321895265761230930e-2
        numerator = numerator * r + 2.96560571828504891230e-1
        numerator = numerator * r + 1.78482653991729133580e0
        numerator = numerator * r + 5.46378491116411436990e0
        numerator = numerator * r + 6.65790464350110377720e0
        denominator = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
        denominator = denominator * r + 1.84631831751005468180e-5
        denominator = denominator * r + 7.86869131145613259100e-4
        denominator = denominator * r + 1.48753612908506148525e-2
        denominator = denominator * r + 1.36929880922735805310e-1
        denominator = denominator * r + 5.99832206555887937690e-1
        denominator = denominator * r + 1.0
    quantile = numerator / denominator
    return -quantile if q < 0.0 else quantile


def branch_key(seed: int, replicate: int, branch: int) -> Word:
    """Return the key of one branch of one replicate of a seed.

    Parameters
    ----------
    seed : int
        Any whole number from 0 to 2**64 - 1.
    replicate : int
        Number of the replicate, from 0.
    branch : int
        `POPULATION`, `LIFE`, `PARTICIPATION` or `CALIBRATION`.

    Raises
    ------
    ValueError
        Where the seed does not fit into 64 bits.
    """
    if not 0 <= seed < 2**64:
        raise ValueError(f"the seed is {seed}, allowed is 0 to 2**64 - 1")
    words = (seed & 0xFFFFFFFF, seed >> 32, replicate, branch, 0, 0)
    x0, x1, _, _ = philox(*(np.uint64(word) for word in words))
    return np.uint64((int(x1) << 32) | int(x0))


@loop
def uniform_column(
    key: Word, serials: np.ndarray, whens: np.ndarray, purpose: int, index: int, out: np.ndarray
) -> None:
    """Fill `out` with one uniform draw for each serial and moment; see `uniform`."""
    for i in range(len(out)):
        out[i] = uniform(key, serials[i], whens[i], purpose, index)

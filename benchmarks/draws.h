/* Chance by address in C: Philox 4x32-10 and the normal quantile, as simulation/draws.py has them. */
#ifndef DRAWS_H
#define DRAWS_H

#include <math.h>
#include <stdint.h>

typedef struct {
    double first, second;
} Pair;

static inline uint64_t moment(int64_t district, int64_t month) {
    return ((uint64_t)district << 18) | (uint64_t)month;
}

/* At most 52 bits: the conversion from a signed number is exact, and cheaper. */
static inline double fraction(uint32_t high, uint32_t low) {
    uint64_t bits = ((uint64_t)high << 20) | (low >> 12);
    return ((double)(int64_t)bits + 0.5) * 0x1p-52;
}

static inline Pair uniforms(
    uint64_t key, uint32_t serial, uint64_t when, uint32_t purpose, uint32_t index
) {
    uint32_t c0 = serial, c1 = (uint32_t)when, c2 = purpose, c3 = index;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t product_0 = (uint64_t)0xD2511F53u * c0;
        uint64_t product_1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product_1;
        c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product_0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return (Pair){fraction(c0, c1), fraction(c2, c3)};
}

static inline double uniform(
    uint64_t key, uint32_t serial, uint64_t when, uint32_t purpose, uint32_t index
) {
    return uniforms(key, serial, when, purpose, index).first;
}

/* Wichura (1988), AS 241, PPND16. */
static inline double normal_quantile(double u) {
    double q = u - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        double numerator = 2.5090809287301226727e3 * r + 3.3430575583588128105e4;
        numerator = numerator * r + 6.7265770927008700853e4;
        numerator = numerator * r + 4.5921953931549871457e4;
        numerator = numerator * r + 1.3731693765509461125e4;
        numerator = numerator * r + 1.9715909503065514427e3;
        numerator = numerator * r + 1.3314166789178437745e2;
        numerator = numerator * r + 3.3871328727963666080e0;
        double denominator = 5.2264952788528545610e3 * r + 2.8729085735721942674e4;
        denominator = denominator * r + 3.9307895800092710610e4;
        denominator = denominator * r + 2.1213794301586595867e4;
        denominator = denominator * r + 5.3941960214247511077e3;
        denominator = denominator * r + 6.8718700749205790830e2;
        denominator = denominator * r + 4.2313330701600911252e1;
        denominator = denominator * r + 1.0;
        return q * numerator / denominator;
    }
    double numerator, denominator;
    double r = sqrt(-log(u < 1.0 - u ? u : 1.0 - u));
    if (r <= 5.0) {
        r -= 1.6;
        numerator = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2;
        numerator = numerator * r + 2.41780725177450611770e-1;
        numerator = numerator * r + 1.27045825245236838258e0;
        numerator = numerator * r + 3.64784832476320460504e0;
        numerator = numerator * r + 5.76949722146069140550e0;
        numerator = numerator * r + 4.63033784615654529590e0;
        numerator = numerator * r + 1.42343711074968357734e0;
        denominator = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4;
        denominator = denominator * r + 1.51986665636164571966e-2;
        denominator = denominator * r + 1.48103976427480074590e-1;
        denominator = denominator * r + 6.89767334985100004550e-1;
        denominator = denominator * r + 1.67638483018380384940e0;
        denominator = denominator * r + 2.05319162663775882187e0;
        denominator = denominator * r + 1.0;
    } else {
        r -= 5.0;
        numerator = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5;
        numerator = numerator * r + 1.24266094738807843860e-3;
        numerator = numerator * r + 2.65321895265761230930e-2;
        numerator = numerator * r + 2.96560571828504891230e-1;
        numerator = numerator * r + 1.78482653991729133580e0;
        numerator = numerator * r + 5.46378491116411436990e0;
        numerator = numerator * r + 6.65790464350110377720e0;
        denominator = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7;
        denominator = denominator * r + 1.84631831751005468180e-5;
        denominator = denominator * r + 7.86869131145613259100e-4;
        denominator = denominator * r + 1.48753612908506148525e-2;
        denominator = denominator * r + 1.36929880922735805310e-1;
        denominator = denominator * r + 5.99832206555887937690e-1;
        denominator = denominator * r + 1.0;
    }
    double quantile = numerator / denominator;
    return q < 0.0 ? -quantile : quantile;
}

static inline Pair normals(
    uint64_t key, uint32_t serial, uint64_t when, uint32_t purpose, uint32_t index
) {
    Pair u = uniforms(key, serial, when, purpose, index);
    return (Pair){normal_quantile(u.first), normal_quantile(u.second)};
}

#endif

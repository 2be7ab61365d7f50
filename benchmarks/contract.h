/* The month of a contract in C: the rules of simulation/agents/contract.py, one by one. */
#ifndef CONTRACT_H
#define CONTRACT_H

#include "enterprise.h"

static inline double reported_share(
    const Enterprise *e, const Contract *terms, const Parameters *p
) {
    double seen = e->books && e->stage > 0 ? p->audit_books : p->audit;
    double hidden = smaller(
        p->concealment_limit, p->concealment + p->concealment_share * terms->share
    );
    return terms->share * (1.0 - hidden * (1.0 - seen));
}

static inline double share_due(const Enterprise *e, const Contract *terms, const Parameters *p) {
    return larger(terms->floor, reported_share(e, terms, p) * larger(e->profit, 0.0));
}

static inline bool is_over(
    const Enterprise *e, const Contract *terms, const Parameters *p, int64_t elapsed, double owed
) {
    if (e->paid > terms->ceiling - LEAST_OWED) return true;
    if (elapsed < terms->term) return false;
    return owed < LEAST_OWED || elapsed >= terms->term + p->arrears_months;
}

static inline void maybe_buy_back(
    Household *h, Enterprise *e, const Contract *terms, const Parameters *p, int64_t months_left,
    double income
) {
    double price = larger(0.0, smaller(terms->buy_back, terms->ceiling) - e->paid);
    if (price >= reported_share(e, terms, p) * e->smoothed_profit * months_left) return;
    double kept = (p->spare_share + p->buffer) * h->smoothed;
    if (price > 0.0 && h->savings + income - price < kept) return;
    h->savings -= price;
    e->paid += price;
    e->payment += price;
    e->contract = 0;
}

static inline double pay_financier(Household *h, Enterprise *e, double income, const Month *m) {
    if (e->contract == 0 || !e->alive) return 0.0;
    const Contract *terms = &m->contracts[e->contract];
    const Parameters *p = m->p;
    e->contract_age++;
    int64_t elapsed = e->contract_age - terms->grace;
    int64_t due_months = elapsed < 0 ? 0 : elapsed > terms->term ? terms->term : elapsed;
    double scheduled = smaller(terms->instalment * due_months, terms->ceiling);
    double of_profit = 0 < elapsed && elapsed <= terms->term ? share_due(e, terms, p) : 0.0;
    double means = larger(0.0, h->savings + income - of_profit - p->spare_share * h->smoothed);
    double owed = larger(0.0, scheduled - e->paid);
    double fixed = smaller(owed, means);
    double due = smaller(of_profit + fixed, larger(0.0, terms->ceiling - e->paid));
    if (due > 0.0) {
        double missed = p->missed * (1.0 - terms->security);
        if (uniform(m->key, h->serial, m->when, DRAW_PAYMENT, 0) < missed)
            due = 0.0;
        else if (fixed == owed)
            e->paid = larger(e->paid + due, scheduled);
        else
            e->paid += due;
    }
    e->payment = due;
    if (is_over(e, terms, p, elapsed, scheduled - e->paid))
        e->contract = 0;
    else if (terms->buy_back > 0.0 && 0 < elapsed)
        maybe_buy_back(h, e, terms, p, terms->term - elapsed, income - due);
    m->sums[FLOW_CONTRACT_PAID] += h->weight * e->payment;
    return due;
}

#endif

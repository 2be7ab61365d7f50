/* The street and the rehabilitation house in C: the rules of simulation/agents/street.py. */
#ifndef STREET_H
#define STREET_H

#include "enterprise.h"

static inline void move_house(Household *h, Enterprise *e, const Month *m) {
    if (h->sheltered == 0) {
        if (h->livelihood == SHELTERED) h->livelihood = CASUAL_WORK;
        return;
    }
    if (e->alive) close_firm(h, e, m);
    h->livelihood = SHELTERED;
}

static inline void stay_in_house(Household *h, const Month *m) {
    h->ties += m->p->house_ties;
    h->motivation += m->p->house_motivation;
    m->sums[SUM_SHELTERED_NOW] += h->weight;
    if (h->sheltered > 0) h->sheltered--;
    if (h->sheltered == 0) h->livelihood = CASUAL_WORK;
}

static inline void choose_street(Household *h, Enterprise *e, double unmet, const Month *m) {
    const Parameters *p = m->p;
    if (h->livelihood == STREET_WORK) {
        double u = uniform(m->key, h->serial, m->when, DRAW_REHABILITATION, 0);
        if (u < p->rehabilitation) {
            h->livelihood = CASUAL_WORK;
            m->sums[SUM_REHABILITATED] += h->weight;
        } else {
            m->sums[SUM_ON_STREET] += h->weight;
        }
        return;
    }
    double lure = log(p->street_pay * m->place->prices * p->street_days / h->smoothed);
    double logit = p->street_base + p->street_need * unmet + p->street_lure * lure
                   - p->street_ties * h->ties - p->street_motivation * h->motivation
                   - p->street_documents * h->documents - p->street_enterprise * e->alive
                   - p->street_visit * (h->visits > 0 ? 1.0 : 0.0);
    double u = uniform(m->key, h->serial, m->when, DRAW_STREET, 0);
    if (u < 1.0 / (1.0 + exp(-logit))) {
        if (e->alive) close_firm(h, e, m);
        h->livelihood = STREET_WORK;
        m->sums[SUM_RETURNED] += h->weight;
    }
}

#endif

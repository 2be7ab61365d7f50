/* A micro-enterprise's month in C: the rules of simulation/agents/enterprise.py, one by one. */
#ifndef ENTERPRISE_H
#define ENTERPRISE_H

#include <math.h>
#include <stdbool.h>

#include "draws.h"
#include "layout.h"

/* What a month is lived in: it stays the same for every household of a block. */
typedef struct {
    const Place *place;
    const double *demand;
    const Contract *contracts;
    const Parameters *p;
    double start_rate;
    uint64_t key;
    uint64_t when;
    double *restrict sums;
} Month;

static inline double larger(double a, double b) { return a > b ? a : b; }
static inline double smaller(double a, double b) { return a < b ? a : b; }

static inline double usual_profit(const Enterprise *e, const Parameters *p) {
    return (p->variable_margin - p->fixed_cost) * e->scale;
}

static inline double usual_capital(const Enterprise *e, const Parameters *p) {
    return p->capital_months * usual_profit(e, p);
}

static inline double skill(const Enterprise *e) { return larger(e->practices, e->information); }

static inline int market_of(const Enterprise *e) {
    return e->stage == PLATFORM && e->product > 0 ? ONLINE_MARKET : e->sector;
}

static inline double reach_of(const Enterprise *e, const Parameters *p) {
    if (e->stage == OFFLINE) return 0.0;
    double reach = e->stage == PLATFORM ? p->platform_reach : p->chat_reach;
    return e->channel ? reach : reach * e->selling;
}

static inline double fees_of(const Enterprise *e, const Parameters *p) {
    if (e->stage == OFFLINE) return 0.0;
    double fees = e->channel ? p->intermediary_margin : 0.0;
    if (e->stage == PLATFORM) fees += e->product > 0 ? p->platform_fee : p->delivery_fee;
    return p->online_sales * fees;
}

static inline double venture_factor(const Enterprise *e, const Parameters *p) {
    if (e->venture == SAFE) return 1.0;
    return e->venture == WENT_WELL ? p->risky_gain : p->risky_loss;
}

static inline double supply(const Enterprise *e, const Parameters *p) {
    double size = larger(e->capital / usual_capital(e, p), 1e-3);
    double effort = e->ability + e->productivity + reach_of(e, p) + p->practices_gain * skill(e);
    return e->scale * venture_factor(e, p) * exp(effort) * pow(size, p->capital_share);
}

static inline double care(const Household *h, const Enterprise *e, const Parameters *p) {
    return e->woman ? p->care_hours * larger(0.0, 1.0 * h->members - h->workers) : 0.0;
}

static inline double trade(const Household *h, Enterprise *e, double demand, const Month *m) {
    const Parameters *p = m->p;
    double *restrict sums = m->sums;
    Pair n = normals(m->key, h->serial, m->when, DRAW_ENTERPRISE, 0);
    double persistence = p->productivity_persistence;
    double spread = p->productivity_sd * sqrt(1.0 - persistence * persistence);
    e->productivity = persistence * e->productivity + spread * n.first;
    double cared = care(h, e, p);
    double hours = larger(0.1, 1.0 - (h->hours_away + cared) / USUAL_HOURS);
    double brought = supply(e, p);
    sums[SUM_SUPPLY + market_of(e)] += h->weight * brought;
    sums[SUM_CARE] += h->weight * cared;
    double luck = exp(p->demand_sd * n.second);
    double revenue = brought * demand * m->place->season * luck * pow(hours, p->hours_share);
    double fees = fees_of(e, p) * revenue;
    double leak = e->books ? 0.0 : p->leakage * revenue;
    double costs = (1.0 - p->variable_margin) * revenue + p->fixed_cost * e->scale + fees + leak;
    e->profit = revenue - costs;
    e->smoothed_profit += (e->profit - e->smoothed_profit) / 6.0;
    sums[FLOW_REVENUE] += h->weight * revenue;
    sums[FLOW_COSTS] += h->weight * costs;
    sums[FLOW_PROFIT] += h->weight * e->profit;
    return e->profit;
}

static inline void forget(const Household *h, Enterprise *e, const Parameters *p) {
    e->practices -= p->forgetting * e->practices;
    e->information = (1.0 - p->information_decay) * e->information
                     + smaller(1.0, p->visit_dose * h->visits) * (1.0 - e->information);
}

static inline void imitate(Enterprise *e, const Nearby *nearby, const Parameters *p) {
    e->practices += p->imitation * larger(0.0, nearby->practices - e->practices);
}

static inline void sell_online(Enterprise *e, const Parameters *p) {
    if (e->alive && e->stage > OFFLINE && !e->channel)
        e->selling += p->selling_learning * (1.0 - e->selling);
    else
        e->selling -= p->selling_forgetting * e->selling;
}

static inline void wear_out(const Household *h, Enterprise *e, const Month *m) {
    double worn = m->p->wear * e->capital;
    e->capital -= worn;
    m->sums[FLOW_CAPITAL_WORN] += h->weight * worn;
    if (uniform(m->key, h->serial, m->when, DRAW_THEFT, 0) < m->p->theft) {
        double stolen = m->p->theft_share * e->capital;
        e->capital -= stolen;
        m->sums[FLOW_CAPITAL_STOLEN] += h->weight * stolen;
    }
    if (e->venture_months > 0) {
        e->venture_months--;
        if (e->venture_months == 0) e->venture = SAFE;
    }
}

static inline double sell_stock(
    const Household *h, Enterprise *e, const Parameters *p, double worth, double *restrict sums
) {
    double cash = p->fire_sale * worth;
    e->capital -= worth;
    sums[FLOW_LIQUIDATED] += h->weight * cash;
    sums[FLOW_LOST_IN_SALE] += h->weight * (worth - cash);
    return cash;
}

static inline double stock_for_sale(
    const Household *h, const Enterprise *e, const Parameters *p
) {
    if (!e->alive || e->books) return 0.0;
    double stock = larger(0.0, e->capital - p->tools * usual_capital(e, p));
    return stock * larger(0.0, 1.0 - p->visit_steadies * h->visits);
}

static inline double outside_pay(const Household *h, const Month *m) {
    double open_jobs = h->documents ? 1.0 : 1.0 - m->p->formal_pay;
    return m->p->finding_work * m->place->work * h->casual_wage * open_jobs;
}

static inline double gain_over_wage(
    const Household *h, const Enterprise *e, const Month *m, double profit
) {
    double gain = (profit - outside_pay(h, m)) / usual_profit(e, m->p);
    return smaller(2.0, larger(-2.0, gain));
}

static inline void close_firm(Household *h, Enterprise *e, const Month *m) {
    double cash = m->p->fire_sale * e->capital;
    h->savings += cash;
    m->sums[FLOW_WOUND_UP] += h->weight * cash;
    m->sums[FLOW_LOST_IN_CLOSING] += h->weight * (e->capital - cash);
    e->capital = 0.0;
    e->alive = 0;
    e->age = 0;
    e->profit = 0.0;
    e->smoothed_profit = 0.0;
    e->contract = 0;
    e->venture = SAFE;
    e->venture_months = 0;
    m->sums[SUM_CLOSED] += h->weight;
}

static inline bool maybe_close(Household *h, Enterprise *e, const Month *m) {
    const Parameters *p = m->p;
    double logit = p->closure_base + p->closure_young * larger(0.0, 1.0 - e->age / 24.0)
                   - p->closure_gain * gain_over_wage(h, e, m, e->smoothed_profit);
    Pair u = uniforms(m->key, h->serial, m->when, DRAW_CLOSURE, 0);
    if (u.first >= 1.0 / (1.0 + exp(-logit))) return false;
    if (e->contract > 0 && u.second < p->restart) {
        e->contract = 0;
        return false;
    }
    close_firm(h, e, m);
    return true;
}

static inline void invest(Household *h, Enterprise *e, double amount, double *restrict sums) {
    h->savings -= amount;
    e->capital += amount;
    sums[FLOW_INVESTED] += h->weight * amount;
}

static inline double at_stake(
    const Household *h, const Month *m, double assistance, double hoped
) {
    double line = h->urban ? m->place->line_urban : m->place->line_rural;
    double most = m->p->assistance_line * line * h->members;
    return h->smoothed < most && most <= h->smoothed + hoped - h->casual_wage ? assistance : 0.0;
}

static inline bool maybe_start(
    Household *h, Enterprise *e, const Nearby *nearby, double assistance, const Month *m
) {
    if (!h->can_work || h->workers == 0) return false;
    const Parameters *p = m->p;
    double hoped = (p->variable_margin * exp(e->ability) - p->fixed_cost) * e->scale;
    if (p->assistance_fear > 0.0 && assistance > 0.0)
        hoped -= p->assistance_fear * at_stake(h, m, assistance, hoped);
    double gain = gain_over_wage(h, e, m, hoped);
    double will = p->closure_gain * gain + p->start_motivation * h->motivation;
    if (p->discouragement > 0.0) will -= p->discouragement * nearby->failures;
    double chance = m->start_rate * exp(will);
    Pair u = uniforms(m->key, h->serial, m->when, DRAW_START, 0);
    double needed = p->start_capital * usual_profit(e, p);
    if (u.first >= chance || h->savings + e->capital < needed) return false;
    invest(h, e, larger(0.0, needed - e->capital), m->sums);
    e->alive = 1;
    e->age = 0;
    e->productivity = p->productivity_sd * normal_quantile(u.second);
    e->smoothed_profit = usual_profit(e, p);
    m->sums[SUM_STARTED] += h->weight;
    return true;
}

#endif

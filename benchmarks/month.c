/* A household's month in C: the rules of simulation/agents/household.py, one by one.
 *
 * What the compiled rules are timed against. layout.h is made from the NumPy records each time, so
 * that both work on the same arrays. */
#include "enterprise.h"

static inline void grow(Household *h, Enterprise *e, const Place *place) {
    double growth = h->urban ? place->growth_urban : place->growth_rural;
    if (place->tilt != 0.0) growth *= exp(place->tilt * (0.5 - h->rank / 65535.0));
    h->mean_income *= growth;
    h->casual_wage *= growth;
    e->scale *= growth;
}

static inline void retarget_assistance(Household *h, const Month *m, double line) {
    const Parameters *p = m->p;
    bool in_need = h->smoothed < p->assistance_line * line * h->members;
    double sembako = in_need ? p->sembako_reach : p->sembako_error;
    double pkh = in_need ? p->pkh_reach : p->pkh_error;
    Pair u = uniforms(m->key, h->serial, m->when, DRAW_ASSISTANCE, 0);
    h->assistance = 0;
    if (h->documents)
        h->assistance = (u.first < sembako ? SEMBAKO : 0) + (u.second < pkh ? PKH : 0);
}

static inline double earn(Household *h, const Enterprise *e, bool in_hospital, const Month *m) {
    const Parameters *p = m->p;
    Pair n = normals(m->key, h->serial, m->when, DRAW_INCOME, 0);
    double spread = p->persistent_sd * sqrt(1.0 - p->persistence * p->persistence);
    h->persistent = p->persistence * h->persistent + spread * n.first;
    double luck = exp(
        h->persistent + p->transitory_sd * n.second
        - 0.5 * (p->transitory_sd * p->transitory_sd)
    );
    double at_work = 1.0 - (in_hospital ? p->illness_loss : 0.0);
    if (h->livelihood == STREET_WORK) {
        double takings = p->street_pay * p->street_days * luck * at_work;
        m->sums[FLOW_STREET_TAKINGS] += h->weight * takings;
        return takings;
    }
    double usual = h->mean_income - (e->alive ? h->casual_wage : 0.0);
    if (!e->alive && h->hours_away > 0) usual -= h->casual_wage * h->hours_away / USUAL_HOURS;
    double wages = larger(0.0, usual) * luck * at_work;
    m->sums[FLOW_WAGES] += h->weight * wages;
    return wages;
}

static inline double receive(const Household *h, const Month *m) {
    double received = 0.0;
    if (h->assistance & SEMBAKO) received += m->place->sembako;
    if (h->assistance & PKH) received += m->place->pkh;
    m->sums[FLOW_ASSISTANCE] += h->weight * received;
    return received;
}

static inline double hospital_bill(const Household *h, const Month *m) {
    double u = uniform(m->key, h->serial, m->when, DRAW_HOSPITAL_BILL, 0);
    double bill = -log(1.0 - u) * m->p->illness_bill * h->smoothed;
    m->sums[FLOW_MEDICAL] += h->weight * bill;
    return bill;
}

static inline void charge_interest(Household *h, const Parameters *p, double *restrict sums) {
    double interest = p->lender_rate * h->debt;
    h->debt += interest;
    sums[FLOW_LENDER_INTEREST] += h->weight * interest;
    double lost = larger(0.0, h->debt - p->lender_limit * h->smoothed);
    h->debt -= lost;
    sums[FLOW_LENDER_LOST] += h->weight * lost;
}

static inline void cover_shortfall(
    Household *h, Enterprise *e, const Parameters *p, double wanted, double kin_owing,
    double *restrict sums
) {
    double needed = smaller(wanted, p->need_share * h->smoothed) - h->savings;
    double stock = smaller(stock_for_sale(h, e, p), needed / p->fire_sale);
    if (stock > 0.0) h->savings += sell_stock(h, e, p, stock, sums);
    double kin_room = p->kin_limit * h->smoothed * (1.0 - p->kin_strain * kin_owing) - h->kin_debt;
    double lent = larger(0.0, smaller(kin_room, wanted - h->savings));
    h->kin_debt += lent;
    h->savings += lent;
    sums[FLOW_KIN_LENT] += h->weight * lent;
    lent = larger(0.0, smaller(p->lender_limit * h->smoothed - h->debt, wanted - h->savings));
    h->debt += lent;
    h->savings += lent;
    sums[FLOW_LENDER_LENT] += h->weight * lent;
}

static inline void repay(Household *h, double *restrict sums) {
    double paid = smaller(h->debt, h->savings);
    h->debt -= paid;
    h->savings -= paid;
    sums[FLOW_LENDER_REPAID] += h->weight * paid;
    paid = smaller(h->kin_debt, h->savings);
    h->kin_debt -= paid;
    h->savings -= paid;
    sums[FLOW_KIN_REPAID] += h->weight * paid;
}

static inline double eat(
    Household *h, Enterprise *e, const Parameters *p, double income, double bill,
    double kin_owing, double *restrict sums
) {
    h->smoothed = larger(1.0, p->smoothing * h->smoothed + (1.0 - p->smoothing) * income);
    charge_interest(h, p, sums);
    double floor_spent = p->floor_share * h->smoothed;
    double wealth = h->savings - h->kin_debt - h->debt;
    double wanted = larger(
        floor_spent, h->smoothed + p->wealth_response * (wealth - p->wealth_aim * h->smoothed)
    );
    h->savings += income - bill;
    if (h->savings < wanted) cover_shortfall(h, e, p, wanted, kin_owing, sums);
    h->consumption = larger(floor_spent, smaller(wanted, h->savings));
    if (h->consumption > h->savings) {
        sums[FLOW_RELIEF] += h->weight * (h->consumption - h->savings);
        h->savings = h->consumption;
    }
    h->savings -= h->consumption;
    sums[FLOW_CONSUMED] += h->weight * h->consumption;
    repay(h, sums);
    return 1.0 - h->consumption / wanted;
}

static inline void reinvest(Household *h, Enterprise *e, double profit, const Month *m) {
    if (profit > 0.0 && h->savings > m->p->buffer * h->smoothed)
        invest(h, e, smaller(m->p->reinvestment * profit, h->savings), m->sums);
}

static inline void feel_visits(Household *h, const Parameters *p) {
    h->motivation += -p->state_decay * h->motivation + p->visit_motivation * h->visits;
    h->ties += -p->state_decay * h->ties + p->visit_ties * h->visits;
}

static inline void choose_street(Household *h, Enterprise *e, double unmet, const Month *m) {
    const Parameters *p = m->p;
    if (h->livelihood == STREET_WORK) {
        double u = uniform(m->key, h->serial, m->when, DRAW_REHABILITATION, 0);
        if (u < p->rehabilitation) {
            h->livelihood = CASUAL_WORK;
            h->months_off = 0;
            m->sums[SUM_REHABILITATED] += h->weight;
        } else {
            m->sums[SUM_ON_STREET] += h->weight;
        }
        return;
    }
    if (h->months_off < 255) h->months_off++;
    double lure = log(p->street_pay * p->street_days / h->smoothed);
    double logit = p->street_base + p->street_need * unmet + p->street_lure * lure
                   - p->street_ties * h->ties - p->street_motivation * h->motivation
                   - p->street_documents * h->documents - p->street_enterprise * e->alive
                   - p->street_visit * (h->visits > 0 ? 1.0 : 0.0);
    double u = uniform(m->key, h->serial, m->when, DRAW_STREET, 0);
    if (u < 1.0 / (1.0 + exp(-logit))) {
        if (e->alive) {
            close_firm(h, e, m);
            m->sums[SUM_CLOSED] += h->weight;
        }
        h->livelihood = STREET_WORK;
        m->sums[SUM_RETURNED] += h->weight;
    }
}

static inline void measure(
    Household *h, const Enterprise *e, double bill, double line, const Month *m
) {
    double *restrict sums = m->sums;
    double standing = h->consumption / (h->members * line);
    double persons = h->weight * h->members;
    double gap = larger(0.0, 1.0 - standing);
    sums[SUM_HOUSEHOLDS] += h->weight;
    sums[SUM_PERSONS] += persons;
    sums[SUM_POOR] += persons * (gap > 0.0 ? 1.0 : 0.0);
    sums[SUM_POVERTY_GAP] += persons * gap;
    sums[SUM_POVERTY_SEVERITY] += persons * gap * gap;
    sums[SUM_STANDING] += persons * standing;
    sums[SUM_SMOOTHED_INCOME] += h->weight * h->smoothed;
    sums[SUM_ENTERPRISES] += h->weight * e->alive;
    sums[SUM_INDEBTED] += h->weight * (h->debt > 0.0 ? 1.0 : 0.0);
    if (!e->alive && h->can_work && h->livelihood != STREET_WORK) sums[SUM_SEEKERS] += h->weight;
    if (!isfinite(standing + e->capital + e->profit + h->savings + h->debt))
        sums[SUM_NOT_FINITE] += 1.0;
    if (m->place->year_start) h->year_sum = 0.0;
    h->year_sum += standing;
    if (m->place->year_end) h->year_mean = h->year_sum / 12.0;
    if (m->place->survey) {
        double error = normals(m->key, h->serial, m->when, DRAW_MEASUREMENT, 0).first;
        h->measured = (h->consumption * exp(m->p->measurement_sd * error) + bill) / h->members;
    }
}

static inline void live_month(Household *h, Enterprise *e, double kin_owing, const Month *m) {
    const Parameters *p = m->p;
    double line = h->urban ? m->place->line_urban : m->place->line_rural;
    grow(h, e, m->place);
    if (m->place->year_start) retarget_assistance(h, m, line);
    double profit = 0.0, payment = 0.0;
    e->payment = 0.0;
    if (e->alive) {
        e->age++;
        profit = trade(h, e, m->demand[market_of(e)], m);
        payment = pay_financier(h, e, m);
        wear_out(h, e, m);
    }
    bool in_hospital =
        uniform(m->key, h->serial, m->when, DRAW_HOSPITAL, 0) < p->illness * h->members;
    double bill = in_hospital ? hospital_bill(h, m) : 0.0;
    double income = earn(h, e, in_hospital, m) + receive(h, m) + profit;
    double unmet = eat(h, e, p, income - payment, bill, kin_owing, m->sums);
    forget(h, e, p);
    feel_visits(h, p);
    if (e->alive) {
        if (!maybe_close(h, e, m))
            reinvest(h, e, profit, m);
        else
            m->sums[SUM_CLOSED] += h->weight;
    } else if (h->livelihood != STREET_WORK && maybe_start(h, e, m)) {
        m->sums[SUM_STARTED] += h->weight;
    }
    if (h->frame) choose_street(h, e, unmet, m);
    measure(h, e, bill, line, m);
}

/* One district's rows, neighbourhood by neighbourhood. */
static void live_block(
    Household *restrict households, Enterprise *restrict enterprises, int64_t first, int64_t last,
    const Place *restrict place, const double *restrict demand, double *restrict owing,
    const Contract *restrict contracts, const Parameters *restrict parameters, double start_rate,
    uint64_t key, int64_t month, double *restrict sums
) {
    for (int i = 0; i < N_SUMS; i++) sums[i] = 0.0;
    const Month m = {
        place, demand, contracts, parameters, start_rate, key, moment(place->code, month), sums
    };
    int64_t begin = first;
    while (begin < last) {
        uint32_t neighbourhood = households[begin].neighbourhood;
        double kin_owing = owing[neighbourhood];
        double weight = 0.0, owe = 0.0;
        int64_t end = begin;
        for (; end < last && households[end].neighbourhood == neighbourhood; end++) {
            Household *h = &households[end];
            live_month(h, &enterprises[end], kin_owing, &m);
            weight += h->weight;
            if (h->kin_debt > 0.0) owe += h->weight;
        }
        owing[neighbourhood] = owe / weight;
        begin = end;
    }
}

/* As simulation/life.py has it: everyone, block by block. */
void live(
    Household *households, Enterprise *enterprises, const int64_t (*blocks)[4], int64_t n_blocks,
    const Place *places, const double (*demand)[ONLINE_MARKET + 1], double *owing,
    const Contract *contracts, const Parameters *parameters, double start_rate, uint64_t key,
    int64_t month, double (*sums)[N_SUMS]
) {
    for (int64_t b = 0; b < n_blocks; b++) {
        int64_t district = blocks[b][2];
        live_block(
            households, enterprises, blocks[b][0], blocks[b][1], &places[district],
            demand[district], owing, contracts, parameters, start_rate, key, month, sums[b]
        );
    }
}

void fill_uniforms(
    uint64_t key, const uint32_t *serials, const uint64_t *whens, int64_t purpose, int64_t index,
    double *out, int64_t length
) {
    for (int64_t i = 0; i < length; i++)
        out[i] = uniform(key, serials[i], whens[i], (uint32_t)purpose, (uint32_t)index);
}

/* A household's month in C: the rules of simulation/agents/household.py, one by one.
 *
 * What the compiled rules are timed against. layout.h is made from the NumPy records each time, so
 * that both work on the same arrays. */
#include "contract.h"
#include "street.h"

static inline bool at_home(const Household *h) {
    return h->livelihood != STREET_WORK && h->livelihood != SHELTERED;
}

static inline void grow(Household *h, Enterprise *e, const Place *place) {
    h->smoothed *= h->urban ? place->inflation_urban : place->inflation_rural;
    double growth = h->urban ? place->growth_urban : place->growth_rural;
    if (place->tilt != 0.0 || place->bend != 0.0) {
        double below = 0.5 - h->rank / 65535.0;
        growth *= exp(place->tilt * below + 4.0 * place->bend * (below * below - 1.0 / 12.0));
    }
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

static inline double formal_factor(const Household *h, const Month *m) {
    if (!h->can_work) return 1.0;
    return 1.0 - m->p->formal_pay * (1.0 - h->documents * m->place->work);
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
    if (h->livelihood == SHELTERED) return 0.0;
    double at_work = 1.0 - (in_hospital ? p->illness_loss : 0.0);
    if (h->livelihood == STREET_WORK) {
        double takings = p->street_pay * m->place->prices * p->street_days * luck * at_work;
        m->sums[FLOW_STREET_TAKINGS] += h->weight * takings;
        return takings;
    }
    double usual = h->mean_income - (e->alive ? h->casual_wage : 0.0);
    if (!e->alive) {
        if (h->hours_away > 0) usual -= h->casual_wage * h->hours_away / USUAL_HOURS;
        usual *= formal_factor(h, m);
    }
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
    if (h->livelihood != SHELTERED)
        h->smoothed = larger(1.0, p->smoothing * h->smoothed + (1.0 - p->smoothing) * income);
    charge_interest(h, p, sums);
    double floor_spent = p->floor_share * h->smoothed;
    double wealth = h->savings - h->kin_debt - h->debt;
    double wanted = larger(
        floor_spent, h->smoothed + p->wealth_response * (wealth - p->wealth_aim * h->smoothed)
    );
    h->savings += income - bill;
    if (h->savings < wanted && h->livelihood != SHELTERED)
        cover_shortfall(h, e, p, wanted, kin_owing, sums);
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

static inline void save_in_arisan(Household *h, int64_t month, const Month *m) {
    const Parameters *p = m->p;
    if (h->can_work && at_home(h) && h->savings >= p->arisan_contribution && h->arisan < 255) {
        h->savings -= p->arisan_contribution;
        h->arisan++;
        m->sums[FLOW_ARISAN_PAID] += h->weight * p->arisan_contribution;
    }
    if (h->arisan > 0 && (h->serial + month) % (int64_t)p->arisan_members == 0) {
        double drawn = h->arisan * p->arisan_contribution;
        h->savings += drawn;
        h->arisan = 0;
        m->sums[FLOW_ARISAN_DRAWN] += h->weight * drawn;
    }
}

static inline void feel_visits(Household *h, const Parameters *p) {
    h->motivation += -p->state_decay * h->motivation + p->visit_motivation * h->visits;
    h->ties += -p->state_decay * h->ties + p->visit_ties * h->visits;
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
    if (!e->alive && h->can_work && at_home(h)) sums[SUM_SEEKERS] += h->weight;
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

static inline bool live_month(
    Household *h, Enterprise *e, const Nearby *nearby, int64_t month, const Month *m
) {
    const Parameters *p = m->p;
    double line = h->urban ? m->place->line_urban : m->place->line_rural;
    bool had_firm = e->alive;
    bool started = false;
    grow(h, e, m->place);
    if ((h->serial + month) % 12 == 0) retarget_assistance(h, m, line);
    if (h->frame) move_house(h, e, m);
    double profit = 0.0;
    e->payment = 0.0;
    if (e->alive) {
        e->age++;
        profit = trade(h, e, m->demand[market_of(e)], m);
        wear_out(h, e, m);
    }
    bool in_hospital =
        uniform(m->key, h->serial, m->when, DRAW_HOSPITAL, 0) < p->illness * h->members;
    double bill = in_hospital ? hospital_bill(h, m) : 0.0;
    double assistance = receive(h, m);
    double income = earn(h, e, in_hospital, m) + assistance + profit;
    income -= pay_financier(h, e, income, m);
    double unmet = eat(h, e, p, income, bill, nearby->owing, m->sums);
    if (p->arisan_contribution > 0.0) save_in_arisan(h, month, m);
    forget(h, e, p);
    if (p->imitation > 0.0 && e->alive) imitate(e, nearby, p);
    sell_online(e, p);
    feel_visits(h, p);
    if (e->alive) {
        if (!maybe_close(h, e, m)) reinvest(h, e, profit, m);
    } else if (at_home(h)) {
        started = maybe_start(h, e, nearby, assistance, m);
    }
    if (h->livelihood == SHELTERED)
        stay_in_house(h, m);
    else if (h->frame)
        choose_street(h, e, unmet, m);
    measure(h, e, bill, line, m);
    return (had_firm || started) && !e->alive;
}

/* One district's rows, neighbourhood by neighbourhood. */
static void live_block(
    Household *restrict households, Enterprise *restrict enterprises, int64_t first, int64_t last,
    const Place *restrict place, const double *restrict demand, Nearby *restrict nearby,
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
        Nearby *near = &nearby[neighbourhood];
        double all = 0.0, owing = 0.0, failed = 0.0, open_firms = 0.0, practices = 0.0;
        int64_t end = begin;
        for (; end < last && households[end].neighbourhood == neighbourhood; end++) {
            Household *h = &households[end];
            Enterprise *e = &enterprises[end];
            bool closed = live_month(h, e, near, month, &m);
            all += h->weight;
            if (h->kin_debt > 0.0) owing += h->weight;
            if (closed) failed += h->weight;
            if (e->alive) {
                open_firms += h->weight;
                practices += h->weight * e->practices;
            }
        }
        near->owing = owing / all;
        near->failures = failed / all;
        near->practices = open_firms > 0.0 ? practices / open_firms : 0.0;
        begin = end;
    }
}

/* As simulation/life.py has it: everyone, block by block. */
void live(
    Household *households, Enterprise *enterprises, const int64_t (*blocks)[4], int64_t n_blocks,
    const Place *places, const double (*demand)[ONLINE_MARKET + 1], Nearby *nearby,
    const Contract *contracts, const Parameters *parameters, double start_rate, uint64_t key,
    int64_t month, double (*sums)[N_SUMS]
) {
    for (int64_t b = 0; b < n_blocks; b++) {
        int64_t district = blocks[b][2];
        live_block(
            households, enterprises, blocks[b][0], blocks[b][1], &places[district],
            demand[district], nearby, contracts, parameters, start_rate, key, month, sums[b]
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

"use strict";

/** What is chosen: the common part, both sides, and what is shown of them. */
const State = (() => {
  const SIDES = ["a", "b"];
  const FIRST = [[50, 50, 0, 0], [25, 25, 50, 0]];
  /** What the first picture trades: 1 where more is better, -1 where less is. */
  const AIMS = [
    { name: "net_lifted", better: 1, zero: true },
    { name: "public_cost", better: -1, zero: false },
    { name: "irr", better: 1, zero: true },
    { name: "women", better: 1, zero: false },
    { name: "street_change", better: -1, zero: true },
  ];
  /** What else is shown, in this order, where it is known; 0 where neither way is better. */
  const FURTHER = {
    participants: 0, completed: 0, financed: 0, lifted_out: 1, claimed_lifted: 0, pushed_in: -1,
    winners: 1, losers: -1, headcount_change: -1, gap_change: -1, consumption_change: 1,
    profit_change: 1, survival_change: 1, debt_change: -1, care_change: -1, finance_change: 1,
    street_change_24: -1, house_change: 1, others_net_lifted: 1, others_losers: -1,
    others_profit_change_percent: 1, others_closures_change: -1, area_headcount_change: -1,
    cost: -1, cost_each: 0, cost_government: -1, cost_donor: -1, cost_investor: -1,
    area_assistance_change: -1, net_cost: -1, public_cost_each: -1, net_per_budget: 1, irr_real: 1,
    loss: -1, recycled: 1, refused: -1, refused_women: -1, refused_men: -1, refused_ppks: -1,
    wrongly_refused: -1,
  };

  let data = null;
  const state = {};
  const watchers = [];

  function start(given) {
    data = given;
    const { choices } = data;
    const first = (names) => names[0];
    Object.assign(state, {
      view: "compare",
      aim: AIMS[0].name,
      shown: "a",
      lived: "a",
      common: {
        place: first(choices.places),
        people: first(choices.people),
        budget: first(choices.budgets),
        shock: first(choices.shocks),
      },
    });
    SIDES.forEach((side, row) => {
      const shares = choices.levers.map((lever, at) => [lever, FIRST[row][at] || 0]);
      state[side] = {
        split: Object.fromEntries(shares),
        archetype: first(choices.archetypes),
        selection: first(choices.selections),
        terms: first(choices.terms),
      };
    });
  }

  /** Change some of what is chosen, and tell everybody who watches. */
  function change(part) {
    Object.assign(state, part);
    for (const watcher of watchers) watcher(state, part);
  }

  function watch(watcher) {
    watchers.push(watcher);
  }

  function indicator(name) {
    return data.indicators.find((each) => each.name === name);
  }

  function unitOf(name) {
    return indicator(name).unit;
  }

  /** Return 1 where more of an indicator is better, -1 where less is, 0 where neither. */
  function betterOf(name) {
    const aim = AIMS.find((each) => each.name === name);
    return aim ? aim.better : FURTHER[name];
  }

  return {
    SIDES, AIMS, FURTHER, state, start, change, watch, indicator, unitOf,
    betterOf,
    get data() { return data; },
  };
})();

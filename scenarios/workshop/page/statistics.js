"use strict";

/** Means over replicates with their 90% intervals, ratios, and paired comparisons. */
const Statistics = (() => {
  /** Student's t at 95%, one-sided, for 1 to 40 degrees of freedom. */
  const QUANTILES = [
    6.3137515147, 2.9199855804, 2.3533634348, 2.1318467863, 2.0150483733, 1.9431802805,
    1.8945786051, 1.8595480375, 1.8331129327, 1.8124611228, 1.7958848187, 1.7822875556,
    1.7709333960, 1.7613101358, 1.7530503557, 1.7458836763, 1.7396067261, 1.7340636066,
    1.7291328115, 1.7247182429, 1.7207429028, 1.7171443744, 1.7138715277, 1.7108820799,
    1.7081407613, 1.7056179198, 1.7032884457, 1.7011309343, 1.6991270265, 1.6972608866,
    1.6955187825, 1.6938887484, 1.6923603090, 1.6909242552, 1.6895724578, 1.6882977141,
    1.6870936196, 1.6859544602, 1.6848751217, 1.6838510133,
  ];
  const NORMAL = 1.6448536269514722;
  const RATIOS = { public_cost_each: ["public_cost", "net_lifted"] };

  /** Return Student's t at 95%; beyond the table by the expansion of Fisher and Cornish (1960). */
  function quantile(freedom) {
    if (freedom <= QUANTILES.length) return QUANTILES[freedom - 1];
    const z = NORMAL;
    return z
      + (z ** 3 + z) / (4 * freedom)
      + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
      + (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
      + (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z)
        / (92160 * freedom ** 4);
  }

  function isKnown(value) {
    return typeof value === "number" && Number.isFinite(value);
  }

  function average(values) {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  /** Return the mean with its interval; what is not a number is left out. */
  function interval(values) {
    const known = values.filter(isKnown);
    const count = known.length;
    if (count === 0) return { value: NaN, low: NaN, high: NaN, count };
    const value = average(known);
    if (count === 1) return { value, low: NaN, high: NaN, count };
    const spread = known.reduce((sum, each) => sum + (each - value) ** 2, 0) / (count - 1);
    const margin = Math.sqrt(spread / count) * quantile(count - 1);
    return { value, low: value - margin, high: value + margin, count };
  }

  /** Return the ratio of two means over the same replicates, with its interval (linearised). */
  function ratio(top, bottom) {
    const pairs = top.map((value, row) => [value, bottom[row]]);
    const both = pairs.filter((pair) => pair.every(isKnown));
    const under = both.length ? average(both.map((pair) => pair[1])) : 0;
    if (under === 0) return interval([]);
    const value = average(both.map((pair) => pair[0])) / under;
    const errors = interval(both.map(([over, below]) => (over - value * below) / Math.abs(under)));
    return { value, low: value + errors.low, high: value + errors.high, count: both.length };
  }

  /** Return an indicator over rows; a ratio only where what it divides by is clear of zero. */
  function over(rows, name) {
    if (!(name in RATIOS)) return interval(rows.map((row) => row.values[name]));
    const [top, bottom] = RATIOS[name].map((each) => rows.map((row) => row.values[each]));
    return interval(bottom).low > 0 ? ratio(top, bottom) : interval([]);
  }

  /**
   * Compare two sides replicate by replicate: both have the same people and the same draws.
   *
   * `better` is 1 where more is better, -1 where less is. Returns in how many of how many runs
   * the second is better, and the first, and the mean difference (second less first).
   */
  function paired(first, second, name, better) {
    const own = new Map(first.map((row) => [row.replicate, row.values[name]]));
    const differences = second
      .filter((row) => isKnown(own.get(row.replicate)) && isKnown(row.values[name]))
      .map((row) => row.values[name] - own.get(row.replicate));
    return {
      runs: differences.length,
      second: differences.filter((each) => each * better > 0).length,
      first: differences.filter((each) => each * better < 0).length,
      difference: interval(differences),
    };
  }

  /** Return the path over months with its band: `value`, `low` and `high`, a list each. */
  function path(rows, field) {
    const months = Math.max(0, ...rows.map((row) => row[field].length));
    const found = { value: [], low: [], high: [] };
    for (let month = 0; month < months; month += 1) {
      const at = interval(rows.map((row) => row[field][month]));
      for (const end of ["value", "low", "high"]) found[end].push(at[end]);
    }
    return found;
  }

  return { quantile, interval, ratio, over, paired, path, isKnown };
})();

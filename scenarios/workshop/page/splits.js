"use strict";

/** Shares of a budget in whole percent, which always add up to 100. */
const Splits = (() => {
  const WHOLE = 100;

  /**
   * Return a split in which one lever has a share; the others keep their proportions.
   *
   * `before` says their proportions: the split when this lever began to move, so that a lever
   * that goes to 100 and comes back gives back what it took. All are whole multiples of `step`;
   * what does not divide goes to those that miss most (the largest remainder).
   */
  function move(before, lever, share, step) {
    const own = Math.min(WHOLE, Math.max(0, Math.round(share / step) * step));
    const others = Object.keys(before).filter((each) => each !== lever);
    const held = others.reduce((sum, each) => sum + before[each], 0);
    const steps = (WHOLE - own) / step;
    const wanted = others.map((each) => steps * (held ? before[each] / held : 1 / others.length));
    const given = wanted.map((each) => Math.floor(each + 1e-9));
    const missing = wanted.map((each, row) => [each - given[row], row]);
    missing.sort((one, other) => other[0] - one[0] || one[1] - other[1]);
    const left = steps - given.reduce((sum, each) => sum + each, 0);
    for (const [, row] of missing.slice(0, left)) given[row] += 1;
    const split = {};
    for (const each of Object.keys(before)) {
      split[each] = each === lever ? own : given[others.indexOf(each)] * step;
    }
    return split;
  }

  /** Return every split in steps of so many percent. */
  function grid(levers, step, left = WHOLE) {
    if (levers.length === 1) return [{ [levers[0]]: left }];
    const found = [];
    for (let share = 0; share <= left; share += step) {
      for (const rest of grid(levers.slice(1), step, left - share)) {
        found.push({ [levers[0]]: share, ...rest });
      }
    }
    return found;
  }

  /** Return the rows that no other beats on both aims; an aim is 1 (more is better) or -1. */
  function undominated(points, aims) {
    const beats = (one, other) => {
      const gains = aims.map((aim, axis) => aim * (one[axis] - other[axis]));
      return gains.every((gain) => gain >= 0) && gains.some((gain) => gain > 0);
    };
    return points.map((point) => !points.some((other) => beats(other, point)));
  }

  return { WHOLE, move, grid, undominated };
})();

"use strict";

/** All teams on one picture, with the splits that no other split beats on both axes. */
const Frontier = (() => {
  const MARGIN = { left: 70, right: 40, top: 18, bottom: 46 };
  const HEIGHT = 400;
  const SMALL = 620;
  /** How wide a letter of a name is, about. */
  const LETTER = 7.5;
  /** Where less and where more is, on the axis across and on the one upwards. */
  const WAYS = [["\u2190", "\u2192"], ["\u2193", "\u2191"]];

  /** Return a point of a cell: the means of both axes; null where one is not known. */
  function pointOf(rows, axes) {
    const means = axes.map((name) => Statistics.over(rows, name));
    return means.every((each) => Statistics.isKnown(each.value)) ? means : null;
  }

  /** Return the picture; `cells` are splits (all, where `isWhole`), `teams` have name and rows. */
  function picture(setting) {
    const { cells, isWhole, teams, cash, axes, width } = setting;
    const aims = axes.map((name) => State.betterOf(name));
    const points = cells.map((cell) => pointOf(cell.rows, axes)).filter(Boolean);
    const shown = teams.map((team) => ({ ...team, point: pointOf(team.rows, axes) }))
      .filter((team) => team.point);
    const beside = pointOf(cash, axes);
    const found = Svg.picture(width, HEIGHT, Words.say("page.frontier.said"));
    const both = [0, 1].map((axis) => Svg.extent([
      ...points.concat(beside ? [beside] : []).map((point) => point[axis].value),
      ...shown.flatMap(({ point }) => ["value", "low", "high"].map((end) => point[axis][end])),
    ]));
    if (!both.every(Boolean)) return found;
    const [x, y] = ruled(found, both, axes, width);
    for (const point of points) {
      found.append(Svg.make("circle", {
        cx: x(point[0].value), cy: y(point[1].value), r: 4, class: "cell",
      }));
    }
    const values = points.map((point) => point.map((each) => each.value));
    const kept = Splits.undominated(values, aims);
    const best = values.filter((_, row) => isWhole && kept[row]);
    best.sort((one, other) => one[0] - other[0]);
    const way = best.map(([at, up]) => `${x(at)} ${y(up)}`).join("L");
    if (best.length) found.append(Svg.make("path", { d: `M${way}`, class: "best" }));
    for (const [at, up] of best) {
      found.append(Svg.make("circle", { cx: x(at), cy: y(up), r: 5, class: "cell best-cell" }));
    }
    if (beside) found.append(...cashMark(x(beside[0].value), y(beside[1].value), width));
    shown.forEach((team) => found.append(teamMark(team, x, y, width)));
    return found;
  }

  function ruled(found, both, axes, width) {
    const { language } = Words;
    const count = width < SMALL ? 3 : 6;
    const ticks = both.map(([low, high]) => Svg.ticks(low, high, count));
    const last = ticks.map((each) => each[each.length - 1]);
    const floor = HEIGHT - MARGIN.bottom;
    const x = Svg.scale(ticks[0][0], last[0], MARGIN.left, width - MARGIN.right);
    const y = Svg.scale(ticks[1][0], last[1], floor, MARGIN.top);
    const units = axes.map((name) => State.unitOf(name));
    const labels = ticks[0].map((tick) => Numerals.tick(tick, units[0], language, ticks[0]));
    const written = Svg.roomy(labels, ticks[0].map(x));
    ticks[0].forEach((tick, row) => {
      const place = { class: "tick", "text-anchor": "middle" };
      found.append(Svg.line(x(tick), MARGIN.top, x(tick), floor, "grid"));
      if (written[row]) found.append(Svg.text(x(tick), floor + 16, labels[row], place));
    });
    for (const tick of ticks[1]) {
      const label = Numerals.tick(tick, units[1], language, ticks[1]);
      const place = { class: "tick", "text-anchor": "end" };
      found.append(Svg.line(MARGIN.left, y(tick), width - MARGIN.right, y(tick), "grid"));
      found.append(Svg.text(MARGIN.left - 6, y(tick) + 4, label, place));
    }
    const told = units.map((unit) => (width < SMALL ? "" : `, ${Words.say(`unit.${unit}`)}`));
    const titles = axes.map((name, axis) => titleOf(name, told[axis], axis));
    const middle = { class: "title", "text-anchor": "middle" };
    found.append(Svg.text((MARGIN.left + width - MARGIN.right) / 2, HEIGHT - 8, titles[0], middle));
    found.append(Svg.text(8, 11, titles[1], { class: "title" }));
    return [x, y];
  }

  function titleOf(name, unit, axis) {
    const [less, more] = WAYS[axis];
    const way = Words.say("page.frontier.better", { way: State.betterOf(name) > 0 ? more : less });
    return `${Words.say(`indicator.${name}`)}${unit} (${way})`;
  }

  /** Return the mark of the same budget given as cash, with its word. */
  function cashMark(at, level, width) {
    const said = Words.say("page.side.cash");
    const right = at + 16 + LETTER * said.length < width;
    const anchor = { class: "cash-name", "text-anchor": right ? "start" : "end" };
    return [
      Svg.mark("cash", at, level, 7),
      Svg.text(at + (right ? 12 : -12), level + 4, said, anchor),
    ];
  }

  /** Return the mark of a team: its number on a shape, with both intervals as a cross. */
  function teamMark(team, x, y, width) {
    const [along, up] = team.point;
    const [at, level] = [x(along.value), y(up.value)];
    const part = Svg.make("g", { class: `team team-${team.number}` });
    if (Statistics.isKnown(along.low)) {
      part.append(Svg.line(x(along.low), level, x(along.high), level, "cross"));
    }
    if (Statistics.isKnown(up.low)) part.append(Svg.line(at, y(up.low), at, y(up.high), "cross"));
    part.append(Svg.make("circle", { cx: at, cy: level, r: 11, class: "team-mark" }));
    part.append(Svg.text(at, level + 4.5, String(team.number), {
      class: "team-number", "text-anchor": "middle",
    }));
    const right = at + 20 + LETTER * team.name.length < width;
    part.append(Svg.text(at + (right ? 16 : -16), level - 9, team.name, {
      class: "team-name", "text-anchor": right ? "start" : "end",
    }));
    return part;
  }

  return { picture };
})();

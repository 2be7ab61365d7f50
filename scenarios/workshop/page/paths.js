"use strict";

/** Lines over months: with the programme and, dashed, the same people without it. */
const Paths = (() => {
  const MARGIN = { left: 38, right: 10, top: 8, bottom: 18 };

  /**
   * Return a picture of lines over months.
   *
   * `setting` has side, width, height, said, start ("2023-03"), reach (low and high of the
   * vertical axis), written (a number -> words), and `lines`: a list of {name, values, low, high}
   * with `low` and `high` where there is a band.
   */
  function picture(setting) {
    const { width, height, lines, reach } = setting;
    const found = Svg.picture(width, height, setting.said);
    const months = Math.max(2, ...lines.map((each) => each.values.length));
    const ticks = Svg.ticks(...reach, Math.max(2, Math.round(height / 42)));
    const x = Svg.scale(0, months - 1, MARGIN.left, width - MARGIN.right);
    const y = Svg.scale(ticks[0], ticks[ticks.length - 1], height - MARGIN.bottom, MARGIN.top);
    for (const tick of ticks) {
      found.append(Svg.line(MARGIN.left, y(tick), width - MARGIN.right, y(tick), "grid"));
      const place = { class: "tick", "text-anchor": "end" };
      found.append(Svg.text(MARGIN.left - 5, y(tick) + 4, setting.written(tick, ticks), place));
    }
    years(found, x, months, height, setting.start);
    for (const each of lines) {
      const area = each.low ? Svg.band(each.low, each.high, x, y) : "";
      if (area) found.append(Svg.make("path", { d: area, class: `band ${each.name}` }));
    }
    for (const each of lines) {
      const drawn = { d: Svg.through(each.values, x, y), class: `path ${each.name}` };
      found.append(Svg.make("path", drawn));
    }
    return { found, x, y };
  }

  /** Mark each January, or the first month where there is none; few enough to be read. */
  function years(found, x, months, height, start) {
    const marked = [];
    for (let month = 0; month < months; month += 1) {
      const at = Numerals.later(start, month);
      if (at.endsWith("-01")) marked.push([month, at.slice(0, 4)]);
    }
    const room = Math.max(1, Math.ceil(34 / Math.max(1, x(12) - x(0))));
    marked.filter((_, row) => row % room === 0).forEach(([month, year]) => {
      found.append(Svg.line(x(month), MARGIN.top, x(month), height - MARGIN.bottom, "grid faint"));
      const place = { class: "tick", "text-anchor": "middle" };
      found.append(Svg.text(x(month), height - 4, year, place));
    });
  }

  return { picture };
})();

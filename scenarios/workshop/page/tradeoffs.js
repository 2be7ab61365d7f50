"use strict";

/** What one side gains and what it gives for it: an axis an aim, with A, B and cash on each. */
const Tradeoffs = (() => {
  const SIDES = ["a", "b", "cash"];
  const LANE = 16;
  const TOP = 9;
  const FOOT = 15;
  const EDGE = 34;

  /** Return the picture of one aim, a mark and an interval for each side; null for no number. */
  function axis(aim, found, width) {
    const { language } = Words;
    const ends = SIDES.flatMap((side) => [found[side].value, found[side].low, found[side].high]);
    const reach = Svg.extent(ends, aim.zero);
    if (!reach || !SIDES.some((side) => Statistics.isKnown(found[side].value))) return null;
    const height = SIDES.length * LANE + FOOT;
    const picture = Svg.picture(width, height, said(aim, found));
    const ticks = Svg.ticks(...reach, Math.max(2, Math.min(5, Math.floor(width / 90))));
    const x = Svg.scale(ticks[0], ticks[ticks.length - 1], EDGE, width - EDGE);
    const floor = SIDES.length * LANE;
    const labels = ticks.map((tick) => Numerals.tick(tick, aim.unit, language, ticks));
    const written = Svg.roomy(labels, ticks.map(x));
    ticks.forEach((tick, row) => {
      const middle = { class: "tick", "text-anchor": "middle" };
      picture.append(Svg.line(x(tick), 0, x(tick), floor, tick === 0 ? "grid zero" : "grid"));
      if (written[row]) picture.append(Svg.text(x(tick), height - 3, labels[row], middle));
    });
    SIDES.forEach((side, lane) => {
      const { value, low, high } = found[side];
      const y = TOP + lane * LANE;
      if (!Statistics.isKnown(value)) return;
      if (Statistics.isKnown(low)) picture.append(Svg.whisker(side, x(low), x(high), y));
      picture.append(Svg.mark(side, x(value), y));
    });
    return picture;
  }

  function said(aim, found) {
    const each = SIDES.map((side) => {
      const shown = Numerals.estimate(found[side], aim.unit, Words.language);
      return `${Words.say(`page.side.${side}`)}: ${shown}`;
    });
    return `${Words.say(`indicator.${aim.name}`)}. ${each.join(". ")}`;
  }

  return { SIDES, axis };
})();

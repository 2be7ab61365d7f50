"use strict";

/** Pieces of pictures: scales, axes, and marks that differ by shape as well as by colour. */
const Svg = (() => {
  const SPACE = "http://www.w3.org/2000/svg";
  const NICE = [1, 2, 2.5, 5, 10];
  /** Width of a letter of a tick, and between two labels. */
  const LETTER = 5.6;
  const GAP = 6;

  function make(name, attributes = {}, children = []) {
    const element = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    for (const child of [].concat(children)) element.append(child);
    return element;
  }

  /** Return a picture of so many pixels; `said` is what a screen reader says of it. */
  function picture(width, height, said) {
    const size = { width, height, viewBox: `0 0 ${width} ${height}` };
    return make("svg", { ...size, role: "img", "aria-label": said });
  }

  function text(x, y, words, attributes = {}) {
    return make("text", { x: round(x), y: round(y), ...attributes }, words);
  }

  function line(x1, y1, x2, y2, name) {
    const ends = { x1: round(x1), y1: round(y1), x2: round(x2), y2: round(y2) };
    return make("line", { ...ends, class: name });
  }

  function round(value) {
    return Math.round(value * 10) / 10;
  }

  /** Return even ticks around an extent, `count` steps or so. */
  function ticks(low, high, count) {
    const span = high - low || Math.abs(high) || 1;
    const rough = span / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * NICE.find((each) => each * power >= rough * 0.999);
    const first = Math.floor(low / step + 1e-6);
    const last = Math.max(first + 1, Math.ceil(high / step - 1e-6));
    const found = [];
    for (let each = first; each <= last; each += 1) {
      found.push(Number((each * step).toPrecision(12)));
    }
    return found;
  }

  /** Return which of some labels along a line have room, given where their middles stand. */
  function roomy(labels, middles) {
    let end = -Infinity;
    return labels.map((label, row) => {
      const half = (LETTER * label.length) / 2;
      if (middles[row] - half < end + GAP) return false;
      end = middles[row] + half;
      return true;
    });
  }

  /** Return a function from values to pixels. */
  function scale(low, high, from, to) {
    const ratio = (to - from) / (high - low || 1);
    return (value) => from + (value - low) * ratio;
  }

  /** Return the extent of all known numbers; `zero` is in it where asked for. */
  function extent(values, zero = false) {
    const known = values.filter(Statistics.isKnown).concat(zero ? [0] : []);
    return known.length ? [Math.min(...known), Math.max(...known)] : null;
  }

  /** Return the mark of a side: a circle (A), a square (B), a diamond (cash). */
  function mark(side, x, y, size = 5.5) {
    const name = `mark ${side}`;
    if (side === "a") return make("circle", { cx: round(x), cy: round(y), r: size, class: name });
    const half = size * (side === "b" ? 0.92 : 0.95);
    const square = { x: round(x - half), y: round(y - half), width: 2 * half, height: 2 * half };
    if (side === "b") return make("rect", { ...square, class: name });
    const turned = `rotate(45 ${round(x)} ${round(y)})`;
    return make("rect", { ...square, class: name, transform: turned });
  }

  /** Return an interval with its ends. */
  function whisker(side, low, high, y) {
    return make("g", { class: `whisker ${side}` }, [
      line(low, y, high, y, "bar"), line(low, y - 4, low, y + 4, "end"),
      line(high, y - 4, high, y + 4, "end"),
    ]);
  }

  /** Return the path of a line through points; it breaks where a value is not known. */
  function through(values, x, y) {
    let pen = "M";
    return values.map((value, row) => {
      if (!Statistics.isKnown(value)) {
        pen = "M";
        return "";
      }
      const step = `${pen}${round(x(row))} ${round(y(value))}`;
      pen = "L";
      return step;
    }).join("");
  }

  /** Return the outline of a band between two lines; "" where there is none. */
  function band(low, high, x, y) {
    const rows = low.map((_, row) => row).filter((row) => [low, high].every((each) =>
      Statistics.isKnown(each[row])));
    if (rows.length < 2) return "";
    const at = (values) => (row) => `${round(x(row))} ${round(y(values[row]))}`;
    return `M${rows.map(at(high)).join("L")}L${rows.reverse().map(at(low)).join("L")}Z`;
  }

  return { make, picture, text, line, ticks, roomy, scale, extent, mark, whisker, through, band };
})();

"use strict";

/** Numbers, rupiah and months as the reader writes them: Rp 1.234.567 or Rp 1,234,567. */
const Numerals = (() => {
  const NONE = "\u2013";
  /** Enough digits to tell any tie of binary fractions. */
  const EXACT = 60;
  const MARKS = {
    id: { thousands: ".", decimal: "," },
    en: { thousands: ",", decimal: "." },
  };
  const SCALES = {
    id: [[1e12, "triliun"], [1e9, "miliar"], [1e6, "juta"]],
    en: [[1e12, "trillion"], [1e9, "billion"], [1e6, "million"]],
  };
  const MONTHS = {
    id: ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
      "Oktober", "November", "Desember"],
    en: ["January", "February", "March", "April", "May", "June", "July", "August", "September",
      "October", "November", "December"],
  };

  /** Return a number with so many decimals; "–" for what is not a number. */
  function number(value, decimals, language) {
    if (!Statistics.isKnown(value)) return NONE;
    const [whole, part] = fixed(Math.abs(value), decimals).split(".");
    const marks = MARKS[language];
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, marks.thousands);
    const text = part ? grouped + marks.decimal + part : grouped;
    return value < 0 && /[1-9]/.test(text) ? `-${text}` : text;
  }

  /** Round half to even, as Python does. */
  function fixed(size, decimals) {
    const exact = size.toFixed(EXACT);
    const end = exact.indexOf(".") + 1 + decimals;
    const kept = exact.slice(0, decimals ? end : end - 1);
    const isTie = /^50*$/.test(exact.slice(end));
    return isTie && Number(kept.at(-1)) % 2 === 0 ? kept : size.toFixed(decimals);
  }

  function percent(value, decimals, language) {
    return Statistics.isKnown(value) ? `${number(value, decimals, language)}%` : NONE;
  }

  function rupiah(value, language) {
    return money(number(value, 0, language));
  }

  function money(text) {
    if (text === NONE) return text;
    return text.startsWith("-") ? `-Rp ${text.slice(1)}` : `Rp ${text}`;
  }

  /** Return an amount as people say it, Rp 1,2 miliar; one below a million in full. */
  function shortRupiah(value, language) {
    if (!Statistics.isKnown(value)) return NONE;
    const size = Math.abs(value);
    // What rounds to 1,000 of the next smaller scale belongs to this one.
    const scale = SCALES[language].find(([least]) =>
      size >= 0.9995 * least && (least > 1e6 || Math.round(size) >= least));
    if (!scale) return rupiah(value, language);
    const scaled = value / scale[0];
    const isWhole = Math.abs(scaled) >= 99.95 || Number(Math.abs(scaled).toFixed(1)) % 1 === 0;
    return `${money(number(scaled, isWhole ? 0 : 1, language))} ${scale[1]}`;
  }

  /** Return a number in three figures without zeros at its end. */
  function brief(value, language) {
    const figures = Number(value.toPrecision(3));
    return number(figures, (String(figures).split(".")[1] || "").length, language);
  }

  /** Return "Maret 2023" for "2023-03". */
  function month(text, language) {
    const [year, number_] = text.split("-").map(Number);
    return `${MONTHS[language][number_ - 1]} ${year}`;
  }

  /** Return the month that comes so many months after another, as "2023-03". */
  function later(text, months) {
    const [year, number_] = text.split("-").map(Number);
    const count = year * 12 + number_ - 1 + months;
    return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
  }

  /** Return a value in its unit, with as many decimals as the largest of `beside` deserves. */
  function inUnit(value, unit, language, beside = [value]) {
    if (unit.startsWith("rupiah")) return shortRupiah(value, language);
    if (unit.startsWith("percent")) return percent(value, 1, language);
    const most = Math.max(0, ...beside.filter(Statistics.isKnown).map(Math.abs));
    if (unit === "points" || unit === "of 1") return number(value, 2, language);
    return number(value, Number(most < 10), language);
  }

  /** Return a mark of an axis, with no more decimals than all marks beside it need. */
  function tick(value, unit, language, beside) {
    if (unit.startsWith("rupiah")) return shortRupiah(value, language);
    const places = beside.map((each) => (String(each).split(".")[1] || "").length);
    const text = number(value, Math.max(...places), language);
    return unit.startsWith("percent") ? `${text}%` : text;
  }

  /** Return "value [low; high]" in a unit; the value alone where there is no interval. */
  function estimate(found, unit, language) {
    const beside = [found.value, found.low, found.high];
    const [value, low, high] = beside.map((each) => inUnit(each, unit, language, beside));
    return low === NONE ? value : `${value} [${ends(value, low, high)}]`;
  }

  /** Return the ends of an interval without what the value says already: Rp, %, juta. */
  function ends(value, low, high) {
    const scale = (text) => text.match(/ [a-z]+$/)?.[0] || "";
    const isAlike = [low, high].every((end) => scale(end) === scale(value));
    return [low, high].map((end) => {
      const bare = end.replace("Rp ", "").replace("%", "");
      return isAlike ? bare.slice(0, bare.length - scale(end).length) : bare;
    }).join("; ");
  }

  return { NONE, number, percent, rupiah, shortRupiah, brief, month, later, inUnit, tick,
    estimate };
})();

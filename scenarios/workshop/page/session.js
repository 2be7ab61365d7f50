"use strict";

/** A session of teams as one file: written whole, and checked in every part before it is read. */
const Session = (() => {
  const KIND = "session";
  const VERSION = 1;
  const LARGEST = 100_000;
  const LONGEST = 40;
  const SHOWN = 60;
  const TEAMS = { least: 1, most: 8 };
  const KEYS = {
    session: ["berdaya", "version", "common", "teams"],
    common: ["place", "people", "budget", "shock"],
    team: ["name", "choice"],
    choice: ["split", "archetype", "selection", "terms"],
  };
  // eslint-disable-next-line no-control-regex
  const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

  function write(common, teams) {
    return `${JSON.stringify({ berdaya: KIND, version: VERSION, common, teams }, null, 2)}\n`;
  }

  /** Return {session, mistakes}: a session only where nothing is wrong with the text. */
  function read(text, choices) {
    const mistakes = [];
    const wrong = (path, problem, allowed = "") => mistakes.push({ path, problem, allowed });
    if (text.length > LARGEST) {
      wrong("", "page.refused.large", String(LARGEST));
      return { session: null, mistakes };
    }
    let session = null;
    try {
      session = JSON.parse(text);
    } catch {
      wrong("", "page.refused.json");
      return { session: null, mistakes };
    }
    if (!isRecord(session) || session.berdaya !== KIND) {
      wrong("berdaya", "page.refused.kind", KIND);
    } else if (session.version !== VERSION) {
      wrong("version", "page.refused.version", String(VERSION));
    } else {
      strangers(session, KEYS.session, "", wrong);
      common(session.common, choices, wrong);
      teams(session.teams, choices, wrong);
    }
    return { session: mistakes.length ? null : session, mistakes };
  }

  function common(given, choices, wrong) {
    if (!fields(given, KEYS.common, "common", wrong)) return;
    const lists = {
      place: choices.places,
      people: choices.people,
      budget: choices.budgets,
      shock: choices.shocks,
    };
    for (const [name, list] of Object.entries(lists)) {
      oneOf(given[name], list, `common.${name}`, wrong);
    }
  }

  function teams(given, choices, wrong) {
    if (!Array.isArray(given) || given.length < TEAMS.least || given.length > TEAMS.most) {
      wrong("teams", "page.refused.teams", `${TEAMS.least}\u2013${TEAMS.most}`);
      return;
    }
    given.forEach((team, row) => {
      const path = `teams[${row + 1}]`;
      if (!fields(team, KEYS.team, path, wrong)) return;
      const problem = problemOf(team.name, given.slice(0, row).map((each) => each && each.name));
      if (problem) wrong(`${path}.name`, problem, String(LONGEST));
      choice(team.choice, choices, `${path}.choice`, wrong);
      if (row && !mistaken(given[0]) && !mistaken(team)) same(given[0], team, path, wrong);
    });
  }

  function mistaken(team) {
    return !isRecord(team) || !isRecord(team.choice);
  }

  /** All teams spend the same budget in the same way, but for its split. */
  function same(first, team, path, wrong) {
    for (const name of ["archetype", "selection", "terms"]) {
      if (team.choice[name] !== first.choice[name]) {
        wrong(`${path}.choice.${name}`, "page.refused.same", short(first.choice[name]));
      }
    }
  }

  function choice(given, choices, path, wrong) {
    if (!fields(given, KEYS.choice, path, wrong)) return;
    oneOf(given.archetype, choices.archetypes, `${path}.archetype`, wrong);
    oneOf(given.selection, choices.selections, `${path}.selection`, wrong);
    oneOf(given.terms, choices.terms, `${path}.terms`, wrong);
    const { split } = given;
    if (!fields(split, choices.levers, `${path}.split`, wrong)) return;
    let sum = 0;
    for (const lever of choices.levers) {
      const share = split[lever];
      const fits = Number.isInteger(share) && share >= 0 && share <= 100
        && share % choices.step === 0;
      if (!fits) wrong(`${path}.split.${lever}`, "page.refused.share", String(choices.step));
      sum += share;
    }
    if (sum !== 100) wrong(`${path}.split`, "page.refused.sum", short(sum));
  }

  /** Return what is wrong with the name of a team beside others; "" where nothing is. */
  function problemOf(name, others) {
    if (typeof name !== "string" || !name.trim()) return "page.refused.name";
    if (name.length > LONGEST) return "page.refused.long";
    if (CONTROL.test(name)) return "page.refused.signs";
    return others.includes(name) ? "page.refused.twice" : "";
  }

  function fields(given, names, path, wrong) {
    if (!isRecord(given)) {
      wrong(path, "page.refused.missing", names.join(", "));
      return false;
    }
    strangers(given, names, `${path}.`, wrong);
    const missing = names.filter((name) => !Object.hasOwn(given, name));
    for (const name of missing) wrong(`${path}.${name}`, "page.refused.missing", "");
    return missing.length === 0;
  }

  function strangers(given, names, path, wrong) {
    for (const name of Object.keys(given).filter((each) => !names.includes(each))) {
      wrong(`${path}${short(name)}`, "page.refused.stranger", names.join(", "));
    }
  }

  function oneOf(value, list, path, wrong) {
    if (!list.includes(value)) {
      wrong(path, "page.refused.unknown", list.slice(0, 8).join(", "));
    }
  }

  function isRecord(given) {
    return typeof given === "object" && given !== null && !Array.isArray(given);
  }

  /** Return foreign content short enough to be shown. */
  function short(value) {
    const text = String(value);
    return text.length > SHOWN ? `${text.slice(0, SHOWN)}\u2026` : text;
  }

  return { write, read, problemOf, LARGEST, TEAMS };
})();

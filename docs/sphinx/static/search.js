// Copyright: (c) 2026, the datadog_community.cloud_auth contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// Shows the messages that fit a search, above the pages that Sphinx finds. Sphinx finds pages that have all words and
// leaves numbers out; people paste a whole message, or search for a status code.
"use strict";

(() => {
  const MOST = 8;
  // The words of a message count more than those that explain it.
  const MESSAGE = 3;
  const TEXT = 1;

  const wordsOf = (text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) || []);

  const entries = window.ENTRIES.map((entry) => ({
    ...entry,
    inMessage: wordsOf(entry.message),
    inText: wordsOf(entry.text),
    // A text that begins with status codes is about these.
    codes: (entry.text.match(/^\d{3}(?:(?:,|,? or) \d{3})*/) || [""])[0].match(/\d+/g) || [],
    // "400: ..." is about all of them, "400 when ..." or "400, with ..." about some.
    isGeneral: /^\d{3}(?:(?:,|,? or) \d{3})*:/.test(entry.text),
  }));

  // A rare word says more than one that many entries have.
  const rarity = (word) => {
    const having = entries.filter((entry) => entry.inMessage.has(word) || entry.inText.has(word)).length;
    return having ? Math.log(1 + entries.length / having) : 0;
  };

  const sum = (words, weigh) => [...words].reduce((total, word) => total + weigh(word), 0);

  const found = (query) => {
    const asked = wordsOf(query);
    const weights = new Map([...asked].map((word) => [word, rarity(word)]));
    const all = sum(asked, (word) => weights.get(word));
    const score = (entry) => {
      const hit = sum(asked, (word) => (entry.inMessage.has(word) ? weights.get(word) : 0));
      const near = sum(asked, (word) => (entry.inText.has(word) ? weights.get(word) : 0));
      // Of a message that was pasted as a whole, each entry that is a part of it is covered.
      const covered = sum(entry.inMessage, (word) => asked.has(word)) / Math.max(entry.inMessage.size, 1);
      // A text that begins with what was asked for, such as a status code, is about it.
      const about = sum(entry.codes, (code) => weights.get(code) || 0);
      const fits = about > 0 || Math.max((hit + near) / all, covered) >= 0.6;
      return fits ? MESSAGE * (hit * (0.5 + covered) + about) + TEXT * near : 0;
    };
    return entries
      .map((entry) => [score(entry), entry])
      .filter(([points]) => points > 0)
      // Of equal ones, the general one is first, and then the shorter one.
      .sort(
        ([one, entry], [other, next]) =>
          other - one || next.isGeneral - entry.isGeneral || entry.inMessage.size - next.inMessage.size,
      )
      .slice(0, MOST)
      .map(([_points, entry]) => entry);
  };

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  };

  const show = (results, place) => {
    const section = element("section", "", { class: "entries" });
    section.append(element("h2", "Messages and terms"));
    results.forEach((entry) => {
      const link = element("a", entry.message, { href: `${entry.page}#${entry.anchor}` });
      section.append(link, element("p", entry.text));
    });
    place.prepend(section);
  };

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("search-results");
    const query = new URLSearchParams(window.location.search).get("q");
    const results = place && query ? found(query) : [];
    if (results.length) show(results, place);
  });
})();

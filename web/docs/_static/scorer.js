/** How the search orders what it found: topic pages first, then the reference of TypeScript, then what tells the project's history. */
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([page, , , , score]) => {
    if (/^(decisions|changelog|benchmark|viewers)$/.test(page)) return score - 200;
    return page.startsWith("reference/typescript/") ? score - 100 : score;
  },
};

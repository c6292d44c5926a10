/** The German texts of exports and their results. */
import type { enExport } from "./en-export.js";
import { count as s } from "./numbers.js";

export const deExport: typeof enExport = {
  export: "Export",
  exportButton: "Exportieren",
  options: "Einstellungen",
  what: "Was",
  thisImage: "Dieses Bild",
  wholeSeries: "Die ganze Serie",
  identity: "Identität",
  keepInstance: "Behalten: dasselbe Bild, eine Overlay-Ebene mehr",
  deriveInstance: "Ableiten: ein neues Bild in einer neuen Serie, das seine Quelle nennt",
  form: "Schreiben",
  forms: {
    planes: "Ebenen in die Dateien",
    capture: "Bilder mit Markierung",
  },
  uncaptured: { unchanged: "auch exportieren", omit: "weglassen" },
  willCapture: (pictures, where) =>
    `${s(pictures, "Bild", "Bilder")} als neue Serie (Secondary Capture), ${where}`,
  onlyPictures:
    "Die Bilder zeigen die Markierungen nur. Gespeichert werden die Markierungen mit einem Export von Overlay-Ebenen.",
  fileName: "Dateiname",
  patternHint: "{name}: alter Name, {index}: Position in der Serie",
  saveAs: "Speichern",
  sink: {
    zip: "Download (ZIP)",
    "zip-to": "ZIP, Ort wählen…",
    folder: "in einen Ordner…",
    back: "zurück in den Ordner…",
    files: "einzelne Downloads",
    archive: "Ins Archiv senden",
  },
  unmarkedFiles: "Unmarkierte Bilder",
  unmarked: {
    empty: "mit leerer Ebene",
    unchanged: "unverändert kopieren",
    omit: "weglassen",
  },
  checkAfter: "Jede Datei nach dem Export prüfen",
  willDo: (files, layers, removed, where) =>
    [
      s(files, "Datei", "Dateien"),
      ...(layers > 0 ? [s(layers, "Markierung", "Markierungen")] : []),
      ...(removed > 0 ? [`${s(removed, "Ebene", "Ebenen")} entfernt`] : []),
      where,
    ].join(", "),
  into: {
    zip: "in ein ZIP",
    single: "als ein Download",
    "zip-to": "in ein ZIP an einem Ort Ihrer Wahl",
    folder: "in einen Ordner",
    back: "über die Originale in ihrem Ordner",
    files: "als einzelne Downloads",
    archive: "ins Archiv, als neue Bilder",
  },
  nothingToExport: "Noch ist nichts markiert.",
  phase: {
    opening: "Öffnen",
    masks: "Maske importieren",
    starting: "Python starten",
    writing: "Schreiben",
    saving: "Speichern",
    checking: "Prüfen",
  },
  phaseOf: (phase, done, total) => (total === 0 ? `${phase}…` : `${phase}: ${done} von ${total}`),
  exporting: "Wird exportiert…",
  askReplace: (n) =>
    n === 1
      ? "Die Datei wird in ihrem Ordner ersetzt, in einem Schritt. Die alte Datei bleibt nicht erhalten: Machen Sie vorher eine Kopie, wenn Sie sie noch brauchen."
      : `Von ${n} Dateien werden die markierten in ihrem Ordner ersetzt. Jede Datei wird in einem Schritt ersetzt. Die alten Dateien bleiben nicht erhalten: Machen Sie vorher eine Kopie, wenn Sie sie noch brauchen.`,
  replaceThem: "Ersetzen",
  saved: (n, total) => `${n} von ${s(total, "Datei", "Dateien")} gespeichert.`,
  handedOver: (n, total) =>
    `${n} von ${s(total, "Datei", "Dateien")} in den Downloads des Browsers gespeichert.`,
  notSaved: (names) =>
    `Nicht gespeichert: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` und ${names.length - 5} weitere` : ""}.`,
  staysUnsaved: (names, removals) => {
    const what = [
      ...names.map((name) => `„${name}“`),
      ...(removals > 0 ? [s(removals, "Entfernung", "Entfernungen")] : []),
    ];
    return what.length === 0
      ? ""
      : `Noch nicht gespeichert: ${what.join(", ")}. Eine Markierung gilt als gespeichert, sobald jedes Bild exportiert ist, auf dem sie liegt.`;
  },
  checkCancelled: "Die Prüfung wurde abgebrochen; die Dateien sind gespeichert.",
  notCheckable: (names) =>
    `Nicht geprüft und daher nicht als gespeichert gezählt: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` und ${names.length - 5} weitere` : ""}.`,
  lookForDownload:
    "Ob der Download angekommen ist, weiß nur der Browser: Sehen Sie nach, bevor Sie die Seite verlassen. Wurde er blockiert, erlauben Sie dieser Seite Downloads und exportieren Sie noch einmal.",
  checkedGood: "Geprüft: Jede Maske wurde zurückgelesen und ist gleich; die Pixeldaten sind gleich.",
  checkedUnknown: (n, total) =>
    `Geprüft: Jede Maske wurde zurückgelesen und ist gleich; die Pixeldaten von ${n} von ${total} konnten nicht verglichen werden.`,
  checkedBad: (n, total) => `Geprüft: ${n} von ${total} NICHT bestanden; verwenden Sie diese Dateien nicht.`,
  result: "Ergebnis",
  resultDetails: "Ergebnis je Datei…",
  resultTable: "Ergebnis je Datei",
  saveReport: "Bericht speichern (CSV)",
  moreRows: (n) => `${s(n, "weitere Zeile", "weitere Zeilen")}: Speichern Sie den Bericht.`,
  columns: [
    "Datei",
    "Gespeichert als",
    "Export",
    "Gefundene Ebenen",
    "Maske gleich",
    "Pixeldaten gleich",
    "Rest der Datei",
  ],
  csvColumns: [
    "Datei",
    "gespeichert als",
    "Export",
    "gefundene Ebenen",
    "Maske gleich",
    "Pixeldaten gleich",
    "Rest der Datei",
    "SHA-256 der Pixeldaten",
    "Hinweise",
  ],
  written: "Geschrieben",
  copiedUnchanged: "Unverändert kopiert",
  notArrived: (code, why) => `Nicht gespeichert (${code}): ${why}`,
  failed: (code, why) => `Fehlgeschlagen (${code}): ${why}`,
  notChecked: "nicht geprüft",
  checkFailed: (code) => `Prüfung fehlgeschlagen (${code})`,
  none: "keine",
  yes: "Ja",
  no: "NEIN",
  notCompared: "nicht verglichen",
  elementsAdded: (n) => `${s(n, "Element", "Elemente")} der Ebenen hinzugefügt; `,
  restored: "ohne die Ebenen ist jedes Byte wie im Original",
  listing: {
    "too-large": "zu groß, um die Elemente aufzuzählen; nur die Bytes wurden verglichen",
    "not-listed": "die Elemente konnten nicht aufgezählt werden; nur die Bytes wurden verglichen",
  },
  noOther: "kein anderes Element unterscheidet sich, aber einige sind anders kodiert",
  alsoChanged: (list) => `außerdem ${list}`,
  change: { added: "hinzugefügt", removed: "entfernt", changed: "geändert" },
};

/** Every German text of the page. */
import type { Words } from "./en.js";

const round = (value: number): string => String(Number(value.toPrecision(4)));
/** Erste und letzte Ecke, in mm. */
const ends = (corners: readonly (readonly number[])[], to: string): string =>
  corners.map((corner) => `(${corner.map((value) => value.toFixed(1)).join(", ")})`).join(` ${to} `);
const s = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const de: Words = {
  title: "DICOM-Overlay-Ebenen",
  skip: "Zum Bild springen",
  trust: "Nichts wird hochgeladen.",
  trustMore: "Ihre Dateien bleiben auf diesem Gerät; die Seite darf nur mit ihrem eigenen Server sprechen.",
  trustArchive: (where) =>
    `Ihre Dateien bleiben auf diesem Gerät, außer Sie wählen „Ins Archiv senden“ (${where}).`,
  otherLanguage: "English",
  python: {
    idle: "Python: startet mit der ersten Datei",
    starting: "Python: startet…",
    runtime: "Python: wird geladen",
    python: "Python: startet",
    import: "Python: fast bereit",
    ready: "Python: bereit",
    failed: "Python: nicht gestartet",
  },
  offline: {
    idle: "Offline: nicht bereit",
    https: "Offline: braucht HTTPS",
    preparing: "Offline: wird vorbereitet",
    ready: "Offline bereit",
    none: "Offline: nicht möglich",
  },
  updateReady: "Eine neue Version dieser Seite ist bereit.",
  updateTake: "Mit der neuen Version neu laden",
  documentation: "Dokumentation (englisch)",
  harness: "Das kleinste Beispiel (englisch)",
  help: "Hilfe",
  keysTitle: "Tasten, Maus, Finger",
  close: "Schließen",
  cancel: "Abbrechen",
  canvasHelp:
    "Mausrad, Bild auf und Bild ab: anderes Bild. Strg und Mausrad oder zwei Finger: zoomen und verschieben. Rechte Taste: Fenster. Mittlere Taste oder Umschalt: verschieben. Mit einem Zeichenwerkzeug bewegen die Pfeiltasten das Kreuz, die Leertaste zeichnet oder setzt einen Punkt, Eingabe schließt ein Polygon, Escape verwirft es.",
  keys: [
    ["B, E, R, P, F", "Pinsel, Radierer, Rechteck, Polygon, Füllen"],
    ["W, H", "Fenster, Verschieben"],
    ["[ und ]", "Pinsel kleiner, größer"],
    ["Bild auf, Bild ab", "voriges, nächstes Bild"],
    ["Pos 1, Ende", "erstes, letztes Bild"],
    ["+, −, 0", "größer, kleiner, einpassen"],
    ["C", "auf das nächste Bild kopieren"],
    ["N", "neue Markierung"],
    ["1 bis 9", "in dieser Markierung zeichnen"],
    ["Strg Z, Strg Y", "rückgängig, wiederholen"],
    ["Pfeiltasten, Leertaste, Eingabe, Escape", "mit der Tastatur auf dem Bild zeichnen"],
    ["Mausrad", "anderes Bild; mit Strg: zoomen"],
    ["Rechte, mittlere Taste", "Fenster, Verschieben"],
    ["Zwei Finger", "zoomen und verschieben"],
  ],
  openTitle: "Bilder öffnen",
  dropHint:
    "Legen Sie DICOM-Dateien, Ordner oder ein ZIP irgendwo auf dieser Seite ab, oder wählen Sie sie aus:",
  chooseFiles: "Dateien oder ZIP wählen…",
  chooseFolder: "Ordner wählen…",
  openMore: "Öffnen…",
  openFolder: "Ordner…",
  trySample: "Beispiel öffnen",
  steps: [
    ["Öffnen", " Sie eine Serie: CT, MR, Röntgen, Ultraschall; komprimiert oder nicht."],
    [
      "Markieren",
      " Sie mit Pinsel, Rechteck, Polygon oder Füllen, oder importieren Sie eine Maske: PNG, NumPy, NIfTI, NRRD, MHA, SEG.",
    ],
    ["Exportieren", ": Jede Markierung wird eine Overlay-Ebene. Kein anderes Byte der Datei ändert sich."],
    ["Prüfen", ": Die Seite liest jede Datei zurück und vergleicht."],
  ],
  sampleNote:
    "Das Beispiel: 24 Schichten, beim Bauen der Seite aus einem öffentlichen MR-Bild der Testdateien von pydicom gemacht, ohne Namen. Es ist auf 24 Positionen umgerechnet, also kein echtes Volumen.",
  dropToOpen: "Zum Öffnen loslassen",
  opening: "Wird geöffnet…",
  fetchingSample: "Das Beispiel wird geholt…",
  workFound: (layers, when) =>
    `Nicht gespeicherte Arbeit an dieser Serie vom ${when} ist in diesem Browser aufbewahrt${layers > 0 ? `: ${s(layers, "Markierung", "Markierungen")}` : ""}.`,
  workFoundHere: "Es gibt nicht gespeicherte Arbeit an dieser Serie; siehe „Markierungen“.",
  restoreWork: "Wiederherstellen",
  forgetWork: "Verwerfen",
  workRestored: (layers) => `Wiederhergestellt: ${s(layers, "Markierung", "Markierungen")}.`,
  keepingBlocked:
    "Dieser Browser bewahrt für diese Seite keine nicht gespeicherte Arbeit auf: Exportieren Sie, bevor Sie die Seite verlassen oder neu laden.",
  opened: (pictures, series, refused) =>
    `${s(pictures, "Bild", "Bilder")} in ${s(series, "Serie", "Serien")} geöffnet.${refused > 0 ? ` ${refused} nicht geöffnet; siehe Liste.` : ""}`,
  noImageFound: "Es wurde kein DICOM-Bild gefunden.",
  maskWaits: "Die Maske wartet auf ihr Bild: Öffnen Sie es jetzt.",
  readingMask: "Die Maske wird gelesen…",
  cancelled: "Abgebrochen.",
  exportCancelled: "Der Export wurde abgebrochen und nichts gespeichert. Die Originale sind, wie sie waren.",
  savingCancelled: "Das Speichern wurde abgebrochen. Was vorher gespeichert war, bleibt; nichts ist halb.",
  series: "Serien",
  shownNow: (title) => `Angezeigt: ${title}.`,
  waitsForFiles: "Weitere Bilder werden geöffnet; Blättern und Zeichnen warten darauf.",
  waitsForOrder: "Die Reihenfolge der Bilder wird bestimmt; Blättern und Zeichnen warten darauf.",
  seriesUnnamed: "Serie ohne Namen",
  seriesDetail: (pictures, columns, rows) => `${s(pictures, "Bild", "Bilder")}, ${columns} × ${rows}`,
  orderedByNumber: "nach Nummer geordnet",
  orderedByPath: "nach Dateinamen geordnet",
  useAsMask: "Als Maske verwenden",
  notOpened: (n) => `Nicht geöffnete Dateien (${n})`,
  image: "Bild",
  imageLabel: "Bild mit Markierungen",
  tools: "Werkzeuge",
  toolOptions: "Einstellungen des Werkzeugs",
  tool: {
    window: "Fenster",
    move: "Schieben",
    brush: "Pinsel",
    eraser: "Radierer",
    rectangle: "Rechteck",
    polygon: "Polygon",
    fill: "Füllen",
  },
  toolHint: {
    window: "Nach rechts ziehen: breiter; nach oben: niedrigere Mitte (heller).",
    move: "Ziehen verschiebt; Strg und Mausrad zoomt.",
    rectangle: "Von Ecke zu Ecke ziehen.",
    polygon: "Ecken anklicken; Eingabe, Doppelklick oder die erste Ecke schließt.",
    fill: "Klick füllt, was zusammenhängt und etwa denselben Wert hat; nach rechts ziehen: mehr Werte, nach links: weniger.",
    fillRange: "Klick füllt, was zusammenhängt und im Bereich liegt.",
    fillColour: "Nur bei Graubildern.",
  },
  brushSize: "Größe",
  brushUnit: "Einheit der Größe",
  fillBy: "Werte, die gefüllt werden",
  fillByClick: "Um den Klick",
  fillByRange: "Fester Bereich",
  fillOutside: "Zum Füllen ins Bild klicken.",
  fillNotInRange: (value, low, high) =>
    `Nichts gefüllt: Der Wert hier ist ${round(value)}, der Bereich ${round(low)} bis ${round(high)}.`,
  fillNothingNew: "Das ist schon alles markiert.",
  valuesFrom: "Werte von",
  valuesTo: "bis",
  markThreshold: "Alle davon markieren",
  closePolygon: "Polygon schließen",
  previousImage: "Voriges Bild",
  nextImage: "Nächstes Bild",
  imageInSeries: "Bild in der Serie",
  imageOf: (at, total) => `Bild ${at} von ${total}`,
  windowWidth: "Breite",
  windowLevel: "Mitte",
  windowPreset: "Fenster",
  windowOwn: "eigenes",
  preset: {
    file: "Der Datei",
    full: "Alle Werte",
    middle: "Die meisten Werte",
    softTissue: "Weichteile",
    lung: "Lunge",
    bone: "Knochen",
    brain: "Gehirn",
    liver: "Leber",
    vessels: "Gefäße",
  },
  zoomIn: "Größer",
  zoomOut: "Kleiner",
  fit: "Einpassen",
  value: "Wert",
  millimetres: (place) => `${place.map((one) => one.toFixed(1).replace(".", ",")).join("; ")} mm`,
  pixelAt: (column, row) => `Spalte ${column}, Zeile ${row}`,
  scaleBar: (mm) => (mm >= 10 ? `${mm / 10} cm` : `${String(mm).replace(".", ",")} mm`),
  layers: "Markierungen",
  layerName: (n) => `Markierung ${n}`,
  isLayerName: (name) => /^(Layer|Markierung) \d+$/.test(name),
  maskName: "Maske",
  drawOn: (n) => `In Markierung ${n} zeichnen`,
  nameOf: (n) => `Name von Markierung ${n}`,
  colourOf: (what) => `Farbe von ${what}`,
  opacityOf: (what) => `Deckkraft von ${what}`,
  show: "Zeigen",
  showOf: (what) => `${what} zeigen`,
  layerNo: (n) => `Markierung ${n}`,
  planeNo: (name) => `Ebene ${name}`,
  removeLayer: (n) => `Markierung ${n} entfernen`,
  nothingMarked: "Noch nichts markiert",
  marks: (pixels, images, total) => `${pixels} Pixel hier; Marken auf ${images} von ${total} Bildern`,
  replacesPlane: "ersetzt ihre Ebene",
  sameName: "Zwei Markierungen heißen so.",
  newLayer: "Neue Markierung",
  copyNext: "Aufs nächste",
  clearHere: "Hier leeren",
  panels: "Bereiche",
  invert: "Umkehren",
  undoKey: "Strg Z",
  redoKey: "Strg Y",
  savePicture: "Bild speichern",
  savePictureHint: "Ein PNG dieses Bildes, wie es zu sehen ist, mit seinen Markierungen",
  orientation: { axial: "axial", coronal: "koronar", sagittal: "sagittal", oblique: "schräg" },
  saveNifti: "Als NIfTI speichern",
  saveNiftiHint: "Die Markierungen als Label-Volumen, in der Lage ihrer Serie",
  savedNifti: (files) =>
    files.length === 1
      ? `Als NIfTI gespeichert: ${(files[0] ?? []).map((name, k) => `${k + 1} = ${name}`).join(", ")}. Die Dateien sind unverändert; der Export schreibt Ebenen.`
      : `Als NIfTI gespeichert, eine Datei für jede von ${files.length} Markierungen, weil sie sich überlappen.`,
  grow: "Wachsen",
  shrink: "Schrumpfen",
  fillBetween: "Dazwischen füllen",
  fillBetweenHint: "Formen für die Bilder zwischen zwei markierten",
  undo: "Rückgängig",
  redo: "Wiederholen",
  bringMask: "Maske importieren…",
  maskForms:
    "PNG, NumPy (.npy), NIfTI (.nii, .nii.gz), NRRD (.nrrd), MetaImage (.mha), DICOM-Segmentierung (SEG).",
  copied: "Auf das nächste Bild kopiert, das jetzt gezeigt wird.",
  filledBetween: (n) =>
    n === 0
      ? "Zwischen zwei markierten Bildern dieser Markierung liegt nichts."
      : `Formen auf ${s(n, "Bild", "Bildern")} gemacht.`,
  brought: (layers, pixels, images) =>
    `Maske importiert: ${s(layers, "Markierung", "Markierungen")}, ${s(pixels, "Pixel", "Pixel")} auf ${s(images, "Bild", "Bildern")}.`,
  placedByPosition: "Nach ihrer Lage im Raum gelegt.",
  placedByOrder:
    "Bild für Bild der Reihe nach gelegt, weil ihre Datei keine Lage nennt; prüfen Sie, ob sie richtig liegt.",
  placedAgainst: "Bild für Bild der Reihe nach gelegt, gegen ihre Lage, wie Sie es gewählt haben.",
  againstPosition: "Der Reihe nach gelegt, gegen ihre Lage.",
  mostlySet: (names) =>
    `Mehr als die Hälfte eines Bildes ist markiert in ${names.map((name) => `„${name}“`).join(", ")}: Ist dunkel auf hell gezeichnet? Dann hilft „Umkehren“.`,
  maskElsewhere: "Die Maske liegt woanders",
  maskLiesElsewhere: (name, mask, images, fits) =>
    [
      `„${name}“ liegt nach eigener Angabe woanders als diese Bilder.`,
      `Maske: ${ends(mask, "bis")} mm.`,
      images.length === 0 ? "Die Bilder nennen keine Lage." : `Bilder: ${ends(images, "bis")} mm.`,
      fits
        ? "Nach der Größe könnte sie Bild für Bild der Reihe nach gelegt werden. Das kann falsch sein: Links und rechts oder erstes und letztes Bild können vertauscht werden."
        : "Auch der Reihe nach kann sie nicht gelegt werden, weil die Größe nicht passt. Es wurde nichts importiert.",
    ].join("\n"),
  layByOrder: "Der Reihe nach legen, gegen ihre Lage",
  threshold: "Schwelle",
  thresholdTitle: (name) => `Schwelle für ${name}`,
  thresholdWhy: (name) =>
    `„${name}“ enthält Bruchteile oder Grauwerte, keine Nummern von Strukturen. Wählen Sie, ab welchem Wert ein Pixel markiert ist.`,
  thresholdOrLabels: (name) =>
    `„${name}“ enthält mehrere Werte. Wählen Sie, ab welchem Wert ein Pixel markiert ist, oder machen Sie aus jedem Wert eine Markierung.`,
  thresholdEffect: (pixels) => `${s(pixels, "Pixel", "Pixel")} auf diesem Bild markiert.`,
  thresholdNothingHere: "Die Maske erreicht dieses Bild nicht.",
  thresholdUse: "Diese Schwelle verwenden",
  thresholdLabels: (n) => `Jeder Wert wird eine Markierung (${n})`,
  inFile: "In dieser Datei",
  planesWait: "Sie werden gelesen, sobald Python bereit ist.",
  planesNone: "Keine Ebenen.",
  planesReading: (done, total) => `Gelesen: ${done} von ${total} Dateien…`,
  planeName: (groups) => `Ebene ${groups.map((group) => group.toString(16).toUpperCase()).join(", ")}`,
  planeOn: (files, total) => (total === 1 ? "" : `in ${files} von ${total} Dateien`),
  graphics: "Grafik",
  region: "Region",
  planeAt: (row, column) => `bei ${row}\\${column}`,
  embedded: "in den Pixeln (alte Form): wird gezeigt, kann nicht geändert werden",
  hereToo: "auch auf diesem Bild",
  editPlane: "Als Markierung bearbeiten",
  removePlane: "Entfernen",
  keepPlane: "Doch behalten",
  goesOnExport: "geht mit dem nächsten Export",
  isLayerNow: "ist jetzt eine Markierung",
  cropped:
    "Die Ebene reicht über das Bild hinaus; was außerhalb liegt, ist nicht in der Markierung und geht mit dem nächsten Export.",
  editsPlane: (name) => `„${name}“ ist jetzt eine Markierung und ersetzt beim Export ihre Ebene.`,
  export: "Export",
  exportButton: "Exportieren",
  options: "Einstellungen",
  what: "Was",
  thisImage: "Dieses Bild",
  wholeSeries: "Die ganze Serie",
  identity: "Identität",
  keepInstance: "Behalten: dasselbe Bild, eine Overlay-Ebene mehr",
  deriveInstance: "Ableiten: ein neues Bild in einer neuen Serie, das seine Quelle nennt",
  fileName: "Dateiname",
  patternHint: "{name}: alter Name, {index}: Platz in der Serie",
  saveAs: "Speichern als",
  sink: {
    zip: "Download (mehrere: ein ZIP)",
    "zip-to": "ein ZIP, wohin ich sage…",
    folder: "Dateien in einem Ordner…",
    back: "zurück in den Ordner der Dateien…",
    files: "einzelne Downloads",
    archive: "Ins Archiv senden",
  },
  unmarkedFiles: "Bilder ohne Marken",
  unmarked: {
    empty: "bekommen eine leere Overlay-Ebene",
    unchanged: "werden unverändert kopiert",
    omit: "bleiben weg",
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
    "zip-to": "in ein ZIP, wohin Sie sagen",
    folder: "in einen Ordner",
    back: "über die Originale in ihrem Ordner",
    files: "als einzelne Downloads",
    archive: "ins Archiv, als neue Bilder",
  },
  nothingToExport: "Noch ist nichts markiert.",
  phase: {
    opening: "Öffnen",
    masks: "Maske übernehmen",
    starting: "Python starten",
    writing: "Schreiben",
    saving: "Speichern",
    checking: "Prüfen",
  },
  phaseOf: (phase, done, total) => (total === 0 ? `${phase}…` : `${phase}: ${done} von ${total}`),
  exporting: "Wird exportiert…",
  askReplace: (n) =>
    `Die markierten unter ${s(n, "Datei", "Dateien")} werden in ihrem Ordner ersetzt. Jede ist alt oder neu, nie halb. Von den alten gibt es keine Kopie: Behalten Sie eine, wenn Sie sie brauchen.`,
  replaceThem: "Ersetzen",
  saved: (n, total) => `${n} von ${s(total, "Datei", "Dateien")} gespeichert.`,
  handedOver: (n, total) =>
    `${n} von ${s(total, "Datei", "Dateien")} in die Downloads des Browsers gespeichert.`,
  notSaved: (names) =>
    `Nicht gespeichert: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` und ${names.length - 5} weitere` : ""}.`,
  staysUnsaved: (names, removals) => {
    const what = [
      ...names.map((name) => `„${name}“`),
      ...(removals > 0 ? [s(removals, "Entfernung", "Entfernungen")] : []),
    ];
    return what.length === 0
      ? ""
      : `Noch nicht gespeichert: ${what.join(", ")}. Bitte noch einmal exportieren.`;
  },
  checkCancelled: "Die Prüfung wurde abgebrochen; die Dateien sind gespeichert.",
  checkedGood: "Geprüft: Jede Maske gleich zurückgelesen, Pixeldaten gleich.",
  checkedUnknown: (n, total) =>
    `Geprüft: Jede Maske gleich zurückgelesen; die Pixeldaten von ${n} von ${total} konnten nicht verglichen werden.`,
  checkedBad: (n, total) => `Geprüft: ${n} von ${total} NICHT bestanden; benutzen Sie sie nicht.`,
  result: "Ergebnis",
  resultDetails: "Ergebnis jeder Datei…",
  resultTable: "Ergebnis jeder Datei",
  saveReport: "Bericht speichern (CSV)",
  moreRows: (n) => `${n} weitere Zeilen: Speichern Sie den Bericht.`,
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
  failed: (code, why) => `Gescheitert (${code}): ${why}`,
  notChecked: "nicht geprüft",
  checkFailed: (code) => `Prüfung gescheitert (${code})`,
  none: "keine",
  yes: "Ja",
  no: "NEIN",
  notCompared: "nicht verglichen",
  elementsAdded: (n) => `${n} Elemente der Ebenen dazu; `,
  restored: "ohne die Ebenen ist jedes Byte das des Originals",
  listing: {
    "too-large": "zu groß, um die Elemente aufzuzählen; nur die Bytes wurden verglichen",
    "not-listed": "die Elemente konnten nicht aufgezählt werden; nur die Bytes wurden verglichen",
  },
  noOther: "kein anderes Element ist anders, nur anders kodiert",
  alsoChanged: (list) => `außerdem ${list}`,
  change: { added: "dazu", removed: "entfernt", changed: "geändert" },
  sizes: (mask, images) => `Maske: ${mask}; Bilder: ${images}.`,
  unknownFault: (code) =>
    `Etwas ging schief, was nicht schiefgehen sollte (${code}). Laden Sie die Seite neu und versuchen Sie es noch einmal.`,
  faults: {
    "not-dicom": "Das ist keine DICOM-Datei.",
    "malformed-data-set":
      "Die Datei ist beschädigt: Eine Länge oder eine Reihenfolge darin stimmt nicht. Exportieren Sie sie aus ihrer Quelle neu.",
    truncated: "Die Datei endet zu früh. Kopieren Sie sie aus ihrer Quelle neu.",
    "limit-exceeded": "Die Datei ist größer oder tiefer verschachtelt, als diese Seite sie bearbeitet.",
    "is-segmentation":
      "Das ist eine Segmentierung (DICOM SEG): Strukturen, kein Bild. Sie kann als Maske der Serie dienen, auf der sie gemacht wurde.",
    "is-structure-set":
      "Das ist ein Structure Set (RTSTRUCT): Konturen, kein Bild. Als Maske wird es brauchbar, wenn Sie es in eine Segmentierung oder NIfTI umwandeln.",
    "no-image": "Die Datei enthält kein Bild, auf dem eine Ebene liegen könnte.",
    "unsupported-transfer-syntax":
      "Diese Kodierung wird nicht unterstützt. Wandeln Sie die Datei um, zum Beispiel mit dcmconv.",
    "unsupported-overlay":
      "Die Datei enthält eine Ebene alter Form in ihren Pixeln, die hier nicht geändert werden kann.",
    "invalid-mask": "Die Maske passt nicht zum Bild. Prüfen Sie ihre Größe.",
    "invalid-plane":
      "Eine Markierung kann so nicht geschrieben werden. Ihr Name ist vielleicht zu lang, enthält einen Backslash oder Buchstaben, die der Zeichensatz der Datei nicht hat.",
    "group-in-use": "Der Platz für diese Ebene ist in der Datei belegt.",
    "no-free-group":
      "Die Datei enthält schon alle 16 Ebenen, die DICOM erlaubt. Entfernen Sie eine unter „In dieser Datei“, oder blenden Sie Markierungen aus, die Sie nicht brauchen.",
    "no-free-layer":
      "Es gibt schon 16 Markierungen, so viele, wie DICOM Ebenen erlaubt. Entfernen Sie zuerst eine.",
    "plane-not-found": "Die Ebene ist nicht mehr in der Datei.",
    "patch-mismatch": "Die Datei ist nicht die, die geöffnet wurde. Öffnen Sie sie neu.",
    "file-access": "Die Datei kann nicht mehr gelesen werden. Öffnen Sie sie neu.",
    "file-gone":
      "Die Datei ist nicht mehr, wo sie war. Legen Sie sie zurück oder öffnen Sie sie neu, und exportieren Sie noch einmal.",
    "file-locked":
      "Die Datei ist gegen Änderungen gesperrt. Heben Sie die Sperre auf, oder speichern Sie in einen anderen Ordner.",
    "folder-gone":
      "Der Ordner oder die Datei, in die gespeichert werden soll, ist nicht mehr da. Wählen Sie einen anderen Ort und exportieren Sie noch einmal.",
    "no-space":
      "Der freie Speicherplatz reicht nicht. Schaffen Sie Platz oder speichern Sie an einem anderen Ort, und exportieren Sie noch einmal.",
    "no-permission":
      "Der Browser durfte das nicht. Exportieren Sie noch einmal, und erlauben Sie es auf die Frage hin.",
    "not-saved": "Das Speichern endete vor dieser Datei. Exportieren Sie noch einmal.",
    "save-cancelled": "Das Speichern wurde vor dieser Datei abgebrochen.",
    "check-failed":
      "Das Ergebnis hat die Prüfung nicht bestanden; das Original blieb, wie es war. Versuchen Sie eine andere Art zu speichern.",
    "file-changed": "Die Datei hat sich seit dem Öffnen geändert. Öffnen Sie sie neu.",
    "invalid-series": "Diese Dateien bilden keine Serie.",
    "worker-start-failed":
      "Python konnte nicht gestartet werden. Prüfen Sie, ob der Ordner „runtime“ neben dieser Seite liegt, und laden Sie sie neu.",
    "worker-died":
      "Der Hintergrundprozess brach ab, vielleicht aus Mangel an Speicher. Die Datei blieb, wie sie war; versuchen Sie es noch einmal.",
    "protocol-mismatch":
      "Die Seite und ihr Ordner „runtime“ haben verschiedene Versionen. Laden Sie neu, oder erneuern Sie beide.",
    "runtime-mismatch":
      "Die Seite und ihr Ordner „runtime“ haben verschiedene Versionen. Laden Sie neu, oder erneuern Sie beide.",
    disposed: "Der Export wurde beendet.",
    "file-exists":
      "Der Ordner hat schon eine Datei dieses Namens; nichts wurde geschrieben. Wählen Sie einen leeren Ordner oder einen anderen Dateinamen.",
    "archive-unreachable":
      "Das Archiv ist nicht erreichbar. Nichts wurde gesendet, was es nicht bestätigt hat.",
    "archive-slow": "Das Archiv hat nicht rechtzeitig geantwortet.",
    "archive-refused": "Das Archiv hat das Gesendete abgelehnt.",
    "archive-response": "Das Archiv gab eine Antwort, die keinen Sinn ergibt.",
    "not-sent": "Das Senden endete vor dieser Datei.",
    "archive-unknown":
      "Es wurde gesendet, aber das Archiv sagt nicht, ob es da ist. Sehen Sie dort nach, bevor Sie es noch einmal senden.",
    "unsupported-sink": "Dieser Browser kann nicht in einen Ordner schreiben. Wählen Sie ZIP.",
    "mask-black":
      "Das Bild ist überall schwarz, wo es nicht durchsichtig ist. Zeichnen Sie die Maske in einer anderen Farbe.",
    "mask-two-places":
      "Diese NIfTI-Datei sagt zweimal, wo sie liegt (sform und qform), und nicht dasselbe. Speichern Sie sie mit nur einer davon.",
    "mask-damaged": "Die Maskendatei ist beschädigt oder nicht das, was ihr Name sagt.",
    "mask-unknown-format":
      "Diese Maske ist weder PNG noch NumPy (.npy), NIfTI (.nii, .nii.gz), NRRD, MetaImage (.mha) oder DICOM-Segmentierung.",
    "mask-not-finite":
      "Die Maske enthält NaN oder unendliche Werte, die weder markiert noch leer sind. Speichern Sie sie ohne diese.",
    "mask-too-large": "Die Maske ist entpackt größer, als diese Seite verarbeitet.",
    "mask-detached":
      "Die Daten der Maske liegen in einer anderen Datei. Speichern Sie sie als eine Datei (.nrrd, .mha).",
    "mask-no-segmentation": "Diese DICOM-Datei ist keine Segmentierung. Öffnen Sie sie stattdessen als Bild.",
    "mask-compressed":
      "Die Pixel der Segmentierung sind komprimiert. Speichern Sie sie unkomprimiert, zum Beispiel mit dcmconv oder dcmdrle.",
    "mask-no-place": "Die Segmentierung sagt nicht, wo ihre Frames liegen.",
    "mask-uneven":
      "Die Frames der Segmentierung liegen nicht auf einem gleichmäßigen Gitter. Wandeln Sie sie in NIfTI um.",
    "mask-unsupported-type":
      "Die Maske hat eine Zahlenart oder eine Zahl von Dimensionen, die nicht unterstützt wird.",
    "mask-size": "Die Maske hat eine andere Größe als das Bild.",
    "mask-not-placed":
      "Das Volumen passt weder nach der Lage im Raum noch nach der Größe zu dieser Serie. Wurde es aus einer anderen gemacht?",
    "mask-too-many-labels": "Es gibt mehr Labels als freie Markierungen (höchstens 16).",
    "mask-empty": "Die Maske markiert nichts.",
    "zip-too-large":
      "Das ZIP würde ausgepackt größer, als diese Seite es bearbeitet. Packen Sie es aus und legen Sie den Ordner ab.",
    "zip-damaged": "Das ZIP kann nicht ausgepackt werden. Es ist beschädigt.",
    "zip-locked": "Das ZIP ist durch ein Passwort geschützt. Packen Sie es aus und legen Sie den Ordner ab.",
    "render-failed":
      "Dieses Bild kann hier nicht gezeigt werden. Masken können trotzdem in die Datei geschrieben werden.",
    "decode-failed":
      "Dieses Bild kann hier nicht gezeigt werden. Masken können trotzdem in die Datei geschrieben werden.",
    "pixels-missing":
      "Dieses Bild kann hier nicht gezeigt werden: Die Datei enthält weniger Pixel, als ihr Kopf sagt. Masken können trotzdem in die Datei geschrieben werden.",
    "pixel-format":
      "Dieses Bild kann hier nicht gezeigt werden: Farben dieser Art werden nicht gezeichnet. Masken können trotzdem in die Datei geschrieben werden.",
    "palette-missing":
      "Dieses Bild kann hier nicht gezeigt werden: Seine Farbtabelle fehlt oder ist nicht lesbar. Masken können trotzdem in die Datei geschrieben werden.",
    "fragments-unclear":
      "Dieses Bild kann hier nicht gezeigt werden: Die Datei sagt nicht, welche ihrer Teile zu welchem Einzelbild gehören. Masken können trotzdem in die Datei geschrieben werden.",
    "header-failed": "Der Kopf der Datei kann nicht gelesen werden.",
    "unzip-failed": "Das ZIP kann nicht ausgepackt werden. Es ist beschädigt.",
    "image-worker-died":
      "Der Bildprozess brach ab, vielleicht aus Mangel an Speicher. Gehen Sie zu einem anderen Bild und zurück, um es noch einmal zu versuchen.",
    "sample-missing": "Das Beispiel liegt nicht auf diesem Server.",
    "no-grid":
      "Die Bilder liegen nicht auf einem gleichmäßigen Gitter und ergeben deshalb kein NIfTI-Volumen.",
    "no-marks":
      "Es gibt noch nichts zu exportieren. Zeichnen Sie zuerst etwas, oder importieren Sie eine Maske.",
  },
};

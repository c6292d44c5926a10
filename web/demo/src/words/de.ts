/** Every German text of the page. */
import { deExport } from "./de-export.js";
import { deFaults } from "./de-faults.js";
import type { Words } from "./en.js";
import { round, count as s } from "./numbers.js";

const number = (value: number): string => withComma(String(round(value)));
const withComma = (said: string): string => said.replace(".", ",");
const millimetres = (place: readonly number[]): string =>
  place.map((value) => withComma(value.toFixed(1))).join("; ");
/** First and last corner of something, in mm. */
const ends = (corners: readonly (readonly number[])[], to: string): string =>
  corners.map((corner) => `(${millimetres(corner)})`).join(` ${to} `);

export const de: Words = {
  title: "DICOM-Overlay-Ebenen",
  skip: "Zum Bild springen",
  trust: "Nichts wird hochgeladen.",
  trustMore:
    "Ihre Dateien bleiben auf diesem Gerät; die Seite darf sich nur mit ihrem eigenen Server verbinden.",
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
  updateTake: "Neue Version laden",
  documentation: "Dokumentation (englisch)",
  harness: "Das kleinste Beispiel (englisch)",
  help: "Hilfe",
  keysTitle: "Tastatur, Maus, Touch",
  close: "Schließen",
  cancel: "Abbrechen",
  canvasHelp:
    "Mausrad, Bild auf und Bild ab: voriges oder nächstes Bild. Strg und Mausrad oder zwei Finger: zoomen und verschieben. Rechte Taste: zoomen. Mittlere Taste oder Umschalt: verschieben. Strg und linke Taste: Fenster. Mit einem Zeichenwerkzeug bewegen die Pfeiltasten das Fadenkreuz, die Leertaste zeichnet oder setzt einen Punkt, Eingabe schließt ein Polygon, Escape verwirft es.",
  keys: [
    ["B, E, R, P, F", "Pinsel, Radierer, Rechteck, Polygon, Füllen"],
    ["W, H", "Fenster, Verschieben"],
    ["[ und ]", "Pinsel kleiner, größer"],
    ["Bild auf, Bild ab", "voriges, nächstes Bild"],
    ["Pos 1, Ende", "erstes, letztes Bild"],
    ["K", "abspielen, anhalten"],
    [", und .", "langsamer, schneller abspielen"],
    ["+, −, 0", "vergrößern, verkleinern, einpassen"],
    ["C", "auf das nächste Bild kopieren"],
    ["N", "neue Markierung"],
    ["1 bis 9", "in dieser Markierung zeichnen"],
    ["Strg Z, Strg Y", "rückgängig, wiederholen"],
    ["Pfeiltasten, Leertaste, Eingabe, Escape", "mit der Tastatur auf dem Bild zeichnen"],
    ["Mausrad", "voriges, nächstes Bild; mit Strg: zoomen"],
    ["Rechte, mittlere Taste", "zoomen, verschieben"],
    ["Strg und linke Taste, Umschalt und linke Taste", "Fenster, Verschieben"],
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
    [
      "Exportieren",
      ": Jede Markierung wird zu einer Overlay-Ebene. Kein anderes Byte der Datei ändert sich.",
    ],
    ["Prüfen", ": Die Seite liest jede Datei zurück und vergleicht."],
  ],
  sampleNote:
    "Das Beispiel: 24 Schichten ohne Patientennamen. Sie wurden beim Erstellen der Seite aus einem einzigen öffentlichen MR-Bild der Testdateien von pydicom berechnet und sind deshalb kein echtes Volumen.",
  dropToOpen: "Zum Öffnen loslassen",
  opening: "Wird geöffnet…",
  fetchingSample: "Das Beispiel wird geladen…",
  workFound: (layers, when) =>
    `In diesem Browser liegt ungespeicherte Arbeit an dieser Serie vom ${when}${layers > 0 ? `: ${s(layers, "Markierung", "Markierungen")}` : ""}.`,
  workFoundHere: "Es gibt ungespeicherte Arbeit an dieser Serie; siehe „Markierungen“.",
  restoreWork: "Wiederherstellen",
  forgetWork: "Verwerfen",
  workRestored: (layers, leftOut, lost) =>
    [
      `Wiederhergestellt: ${s(layers, "Markierung", "Markierungen")}.`,
      ...(leftOut > 0
        ? [
            `Nicht wiederhergestellt: Markiertes auf ${s(leftOut, "Bild", "Bildern")}, weil nicht alle Bilder geöffnet sind oder es schon 16 Markierungen gibt. Es bleibt erhalten: Öffnen Sie die ganze Serie und klicken Sie noch einmal auf „Wiederherstellen“.`,
          ]
        : []),
      ...(lost > 0
        ? [
            `Ebenen, die ersetzt oder entfernt werden sollten, aber nicht mehr in den Dateien sind: ${lost}. Die Markierungen dazu werden als neue Ebenen geschrieben.`,
          ]
        : []),
    ].join(" "),
  keepingBlocked:
    "Dieser Browser bewahrt ungespeicherte Arbeit auf dieser Seite nicht auf: Exportieren Sie, bevor Sie die Seite verlassen oder neu laden.",
  opened: (pictures, series, refused) =>
    `${s(pictures, "Bild", "Bilder")} in ${s(series, "Serie", "Serien")} geöffnet.${refused > 0 ? ` ${refused} nicht geöffnet; siehe Liste.` : ""}`,
  noImageFound: "Es wurde kein DICOM-Bild gefunden.",
  maskWaits: "Zur Maske fehlt noch das Bild: Öffnen Sie es jetzt.",
  readingMask: "Die Maske wird gelesen…",
  cancelled: "Abgebrochen.",
  exportCancelled: "Der Export wurde abgebrochen und nichts gespeichert. Die Originale sind unverändert.",
  series: "Serien",
  shownNow: (title) => `Angezeigt: ${title}.`,
  waitsForFiles: "Weitere Bilder werden geöffnet. Blättern und zeichnen können Sie gleich danach.",
  waitsForOrder: "Die Reihenfolge der Bilder wird bestimmt. Blättern und zeichnen können Sie gleich danach.",
  seriesUnnamed: "Serie ohne Namen",
  seriesDetail: (pictures, columns, rows) => `${s(pictures, "Bild", "Bilder")}, ${columns} × ${rows}`,
  orderedByNumber: "nach Nummer sortiert",
  orderedByPath: "nach Dateinamen sortiert",
  useAsMask: "Als Maske verwenden",
  notOpened: (n) => `Nicht geöffnete Dateien (${n})`,
  image: "Bild",
  imageLabel: "Bild mit Markierungen",
  tools: "Werkzeuge",
  toolOptions: "Werkzeugeinstellungen",
  tool: {
    window: "Fenster",
    move: "Verschieben",
    brush: "Pinsel",
    eraser: "Radierer",
    rectangle: "Rechteck",
    polygon: "Polygon",
    fill: "Füllen",
  },
  toolHint: {
    window: "Nach rechts ziehen: breiter; nach oben: niedrigeres Zentrum (heller).",
    move: "Ziehen verschiebt; Strg und Mausrad zoomt.",
    rectangle: "Von Ecke zu Ecke ziehen.",
    polygon: "Ecken anklicken; Eingabe, Doppelklick oder ein Klick auf die erste Ecke schließt das Polygon.",
    fill: "Klick füllt, was zusammenhängt und etwa denselben Wert hat; nach rechts ziehen: mehr Werte, nach links: weniger.",
    fillRange: "Klick füllt, was zusammenhängt und im Bereich liegt.",
    fillColour: "Nur bei Graustufenbildern.",
  },
  brushSize: "Größe",
  brushUnit: "Einheit der Größe",
  fillBy: "Zu füllende Werte",
  fillByClick: "Wie am Klickpunkt",
  fillByRange: "Fester Bereich",
  fillOutside: "Zum Füllen ins Bild klicken.",
  fillNotInRange: (value, low, high) =>
    `Nichts gefüllt: Der Wert hier ist ${number(value)}, der Bereich ${number(low)} bis ${number(high)}.`,
  fillNothingNew: "Das ist schon alles markiert.",
  valuesFrom: "Werte von",
  valuesTo: "bis",
  markThreshold: "Alle im Bereich markieren",
  closePolygon: "Polygon schließen",
  brushRange: "Nur Werte",
  brushRangeHint: "Pinsel und Radierer ändern nur Pixel, deren Werte in diesem Bereich liegen",
  cinePlay: "Abspielen",
  cineStop: "Anhalten",
  cineSpeed: "Bilder pro Sekunde",
  cineUnit: "/s",
  pageUp: "Bild auf",
  pageDown: "Bild ab",
  previousImage: "Voriges Bild",
  nextImage: "Nächstes Bild",
  imageInSeries: "Bild in der Serie",
  imageOf: (at, total) => `Bild ${at} von ${total}`,
  windowWidth: "Breite",
  windowLevel: "Zentrum",
  windowPreset: "Fenster",
  windowOwn: "eigene Werte",
  preset: {
    file: "Aus der Datei",
    full: "Alle Werte",
    middle: "Die meisten Werte",
    softTissue: "Weichteile",
    lung: "Lunge",
    bone: "Knochen",
    brain: "Gehirn",
    liver: "Leber",
    vessels: "Gefäße",
  },
  zoomIn: "Vergrößern",
  zoomOut: "Verkleinern",
  fit: "Einpassen",
  value: "Wert",
  number,
  millimetres: (place) => `${millimetres(place)} mm`,
  pixelAt: (column, row) => `Spalte ${column}, Zeile ${row}`,
  scaleBar: (mm) => (mm >= 10 ? `${mm / 10} cm` : `${withComma(String(mm))} mm`),
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
  layerHidden: "Nichts gezeichnet: Die Markierung ist ausgeblendet. Blenden Sie sie zuerst ein.",
  removeLayer: (n) => `Markierung ${n} entfernen`,
  nothingMarked: "Noch nichts markiert",
  marks: (pixels, images, total) =>
    `${pixels} Pixel hier; Markiertes auf ${images} von ${s(total, "Bild", "Bildern")}`,
  replacesPlane: "ersetzt ihre Ebene",
  sameName: "Zwei Markierungen heißen so.",
  newLayer: "Neue Markierung",
  copyNext: "Aufs nächste Bild",
  copyNextHint: "Das Markierte dieses Bildes auf das nächste kopieren",
  clearHere: "Hier löschen",
  panels: "Bereiche",
  invert: "Umkehren",
  undoKey: "Strg Z",
  redoKey: "Strg Y",
  savePicture: "Bild speichern",
  savePictureHint: "Ein PNG dieses Bildes, wie es zu sehen ist, mit seinen Markierungen",
  orientation: { axial: "axial", coronal: "koronar", sagittal: "sagittal", oblique: "schräg" },
  saveNifti: "Als NIfTI speichern",
  saveNiftiHint: "Die Markierungen als Label-Volumen, an der Position der Serie",
  savedNifti: (files) =>
    files.length === 1
      ? `Als NIfTI gespeichert: ${(files[0] ?? []).map((name, k) => `${k + 1} = ${name}`).join(", ")}. Die Dateien sind unverändert; der Export schreibt Ebenen.`
      : `Als NIfTI gespeichert, je eine Datei für ${files.length} Markierungen, weil sie sich überlappen.`,
  grow: "Erweitern",
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
      ? "Zwischen den markierten Bildern dieser Markierung liegen keine weiteren Bilder."
      : `Formen auf ${s(n, "Bild", "Bildern")} ergänzt.`,
  brought: (layers, pixels, images) =>
    `Maske importiert: ${s(layers, "Markierung", "Markierungen")}, ${s(pixels, "Pixel", "Pixel")} auf ${s(images, "Bild", "Bildern")}.`,
  placedByPosition: "Nach ihrer Lage im Raum platziert.",
  placedByOrder:
    "Bild für Bild der Reihe nach platziert, weil ihre Datei keine Lage angibt. Prüfen Sie, ob sie richtig liegt.",
  placedAgainst: "Bild für Bild der Reihe nach platziert, entgegen ihrer Lage, wie Sie es gewählt haben.",
  againstPosition: "Der Reihe nach platziert, entgegen der Lage in der Datei.",
  mostlySet: (names) =>
    `Mehr als die Hälfte eines Bildes ist markiert in ${names.map((name) => `„${name}“`).join(", ")}. Ist die Zeichnung dunkel auf hellem Grund? Dann hilft „Umkehren“.`,
  maskElsewhere: "Die Maske liegt woanders",
  maskLiesElsewhere: (name, mask, images, fits) =>
    [
      `Die in „${name}“ angegebene Lage ist nicht die dieser Bilder.`,
      `Maske: ${ends(mask, "bis")} mm.`,
      images.length === 0 ? "Die Bilder geben keine Lage an." : `Bilder: ${ends(images, "bis")} mm.`,
      fits
        ? "Die Größe passt: Die Maske kann Bild für Bild der Reihe nach platziert werden. Das kann falsch sein: Links und rechts oder erstes und letztes Bild können vertauscht werden."
        : "Auch der Reihe nach kann sie nicht platziert werden, weil die Größe nicht passt. Es wurde nichts importiert.",
    ].join("\n"),
  layByOrder: "Der Reihe nach platzieren, entgegen ihrer Lage",
  threshold: "Schwellenwert",
  thresholdTitle: (name) => `Schwellenwert für ${name}`,
  thresholdWhy: (name) =>
    `„${name}“ enthält Kommazahlen oder Grauwerte, keine Labels. Wählen Sie, ab welchem Wert ein Pixel markiert ist.`,
  thresholdOrLabels: (name) =>
    `„${name}“ enthält mehrere Werte. Wählen Sie, ab welchem Wert ein Pixel markiert ist, oder machen Sie aus jedem Wert eine Markierung.`,
  thresholdEffect: (pixels) => `${s(pixels, "Pixel", "Pixel")} auf diesem Bild markiert.`,
  thresholdNothingHere: "Die Maske erreicht dieses Bild nicht.",
  thresholdUse: "Diesen Schwellenwert verwenden",
  thresholdLabels: (n) => `Jeder Wert wird eine Markierung (${n})`,
  inFile: "In dieser Datei",
  planesWait: "Die Ebenen werden gelesen, sobald Python bereit ist.",
  planesNone: "Keine Ebenen.",
  planesReading: (done, total) => `Gelesen: ${done} von ${s(total, "Datei", "Dateien")}…`,
  planeName: (groups) => `Ebene ${groups.map((group) => group.toString(16).toUpperCase()).join(", ")}`,
  planeOn: (files, total) => (total === 1 ? "" : `in ${files} von ${total} Dateien`),
  graphics: "Grafik",
  region: "Region",
  planeAt: (row, column) => `bei ${row}\\${column}`,
  embedded: "in den Pixeln (alte Form): wird gezeigt, kann nicht geändert werden",
  editPlane: "Als Markierung bearbeiten",
  removePlane: "Entfernen",
  keepPlane: "Doch behalten",
  goesOnExport: "wird beim nächsten Export entfernt",
  isLayerNow: "ist jetzt eine Markierung",
  cropped:
    "Die Ebene reicht über das Bild hinaus; was außerhalb liegt, ist nicht in der Markierung und wird beim nächsten Export entfernt.",
  editsPlane: (name) => `„${name}“ ist jetzt eine Markierung und ersetzt beim Export ihre Ebene.`,
  ...deExport,
  ...deFaults,
};

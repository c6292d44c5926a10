/** The German texts of everything that can go wrong, by code. */
import type { enFaults } from "./en-faults.js";

export const deFaults: typeof enFaults = {
  sizes: (mask, images) => `Maske: ${mask}; Bilder: ${images}.`,
  unknownFault: (code) =>
    `Ein unerwarteter Fehler ist aufgetreten (${code}). Laden Sie die Seite neu und versuchen Sie es noch einmal.`,
  faults: {
    "not-dicom": "Das ist keine DICOM-Datei.",
    "malformed-data-set":
      "Die Datei ist beschädigt: Eine Länge oder eine Reihenfolge darin stimmt nicht. Exportieren Sie sie noch einmal aus ihrer Quelle.",
    truncated: "Die Datei endet zu früh. Kopieren Sie sie noch einmal aus ihrer Quelle.",
    "limit-exceeded": "Die Datei ist größer oder tiefer verschachtelt, als diese Seite verarbeiten kann.",
    "is-segmentation":
      "Das ist eine Segmentierung (DICOM SEG): Strukturen, kein Bild. Sie kann als Maske für die Serie dienen, zu der sie gehört.",
    "is-structure-set":
      "Das ist ein Structure Set (RTSTRUCT): Konturen, kein Bild. Wandeln Sie es in eine Segmentierung oder NIfTI um, um es als Maske zu verwenden.",
    "no-image": "Die Datei enthält kein Bild und kann deshalb keine Overlay-Ebene haben.",
    "unsupported-transfer-syntax":
      "Diese Kodierung wird nicht unterstützt. Wandeln Sie die Datei um, zum Beispiel mit dcmconv.",
    "unsupported-overlay":
      "Die Datei enthält eine Ebene alter Form in ihren Pixeln, die hier nicht geändert werden kann.",
    "invalid-mask": "Die Maske passt nicht zum Bild. Prüfen Sie ihre Größe.",
    "invalid-plane":
      "Eine Markierung kann so nicht geschrieben werden. Der Name ist vielleicht zu lang, enthält einen Backslash oder Buchstaben, die der Zeichensatz der Datei nicht hat.",
    "group-in-use": "Der Platz für diese Ebene ist in der Datei belegt.",
    "no-free-group":
      "Die Datei enthält schon alle 16 Ebenen, die DICOM erlaubt. Entfernen Sie eine unter „In dieser Datei“, oder blenden Sie Markierungen aus, die Sie nicht brauchen.",
    "no-free-layer":
      "Es gibt schon 16 Markierungen, so viele, wie DICOM Ebenen erlaubt. Entfernen Sie zuerst eine.",
    "plane-not-found": "Die Ebene ist nicht mehr in der Datei.",
    "patch-mismatch": "Die Datei ist nicht die, die geöffnet wurde. Öffnen Sie sie neu.",
    "uid-missing":
      "Der Datei fehlt eine UID (der Studie, der Serie, der Klasse oder der Instanz), und ein Bild mit Markierungen muss das Bild nennen, das es zeigt. Exportieren Sie stattdessen Ebenen: Sie brauchen keine.",
    "file-access": "Die Datei kann nicht mehr gelesen werden. Öffnen Sie sie neu.",
    "file-gone":
      "Die Datei ist nicht mehr dort, wo sie war. Legen Sie sie zurück oder öffnen Sie sie neu, und exportieren Sie noch einmal.",
    "file-locked":
      "Die Datei ist gegen Änderungen gesperrt. Heben Sie die Sperre auf, oder speichern Sie in einen anderen Ordner.",
    "folder-gone":
      "Der Ordner oder die Datei, in die gespeichert werden soll, ist nicht mehr da. Wählen Sie einen anderen Ort und exportieren Sie noch einmal.",
    "no-space":
      "Der freie Speicherplatz reicht nicht. Schaffen Sie Platz oder speichern Sie an einem anderen Ort, und exportieren Sie noch einmal.",
    "no-permission":
      "Dem Browser fehlte die Erlaubnis. Exportieren Sie noch einmal, und erlauben Sie es, wenn Sie gefragt werden.",
    "not-saved": "Das Speichern endete, bevor diese Datei an der Reihe war. Exportieren Sie noch einmal.",
    "no-folder":
      "Die Datei wurde nicht aus einem Ordner geöffnet und kann deshalb nicht zurückgelegt werden. Öffnen Sie ihren Ordner, oder speichern Sie auf andere Art.",
    "planes-moved":
      "Es wurde nichts exportiert: Eine Ebene, die ersetzt oder entfernt werden soll, ist nicht mehr in den Dateien, wie sie war. Die Markierung wird jetzt als neue Ebene geschrieben, die Entfernung entfällt. Sehen Sie die Markierungen und „In dieser Datei“ an, und exportieren Sie dann noch einmal.",
    "archive-changed":
      "Das Archiv hat das Bild gespeichert, aber nach eigener Angabe etwas daran geändert oder weggelassen. Prüfen Sie dort, ob die Ebene angekommen ist.",
    "save-cancelled": "Das Speichern wurde abgebrochen, bevor diese Datei an der Reihe war.",
    "check-failed":
      "Das Ergebnis hat die Prüfung nicht bestanden; das Original ist unverändert. Versuchen Sie eine andere Art zu speichern.",
    "file-changed": "Die Datei hat sich seit dem Öffnen geändert. Öffnen Sie sie neu.",
    "invalid-series": "Diese Dateien bilden keine Serie.",
    "worker-start-failed":
      "Python konnte nicht gestartet werden. Prüfen Sie, ob der Ordner „runtime“ neben dieser Seite liegt, und laden Sie sie neu.",
    "worker-died":
      "Der Hintergrundprozess ist abgebrochen, vielleicht weil der Arbeitsspeicher nicht reichte. Die Datei ist unverändert; versuchen Sie es noch einmal.",
    "protocol-mismatch":
      "Die Seite und ihr Ordner „runtime“ haben verschiedene Versionen. Laden Sie neu, oder erneuern Sie beide.",
    "runtime-mismatch":
      "Die Seite und ihr Ordner „runtime“ haben verschiedene Versionen. Laden Sie neu, oder erneuern Sie beide.",
    disposed: "Der Export wurde beendet.",
    "file-exists":
      "Der Ordner enthält schon eine Datei mit diesem Namen; es wurde nichts geschrieben. Wählen Sie einen leeren Ordner oder einen anderen Dateinamen.",
    "archive-unreachable": "Das Archiv ist nicht erreichbar. Gespeichert ist nur, was es bestätigt hat.",
    "archive-slow": "Das Archiv hat nicht rechtzeitig geantwortet.",
    "archive-refused": "Das Archiv hat die gesendeten Daten abgelehnt.",
    "archive-response": "Die Antwort des Archivs ist unverständlich.",
    "not-sent": "Das Senden endete, bevor diese Datei an der Reihe war.",
    "archive-unknown":
      "Die Datei wurde gesendet, aber das Archiv sagt nicht, ob sie gespeichert ist. Prüfen Sie das dort, bevor Sie sie noch einmal senden.",
    "unsupported-sink": "Dieser Browser kann nicht in einen Ordner schreiben. Wählen Sie ZIP.",
    "mask-black":
      "Das Bild ist überall schwarz, wo es nicht durchsichtig ist. Zeichnen Sie die Maske in einer anderen Farbe.",
    "mask-colours":
      "Das Bild hat mehrere Farben, keinen schwarzen oder durchsichtigen Hintergrund oder Farben mit 16 Bit. Speichern Sie die Zeichnung in einer Farbe auf schwarzem oder durchsichtigem Hintergrund, oder in Graustufen.",
    "mask-two-places":
      "Diese NIfTI-Datei widerspricht sich: Die beiden Lagen (sform und qform) oder die Voxelgrößen (pixdim) sind verschieden. Speichern Sie sie neu.",
    "mask-half-place":
      "Die Maskendatei gibt nur einen Teil ihrer Lage an, oder eine, die nicht in Millimetern ist. Speichern Sie sie neu mit ihrer ganzen Lage.",
    "mask-damaged": "Die Maskendatei ist beschädigt, oder sie ist nicht das, was ihr Name sagt.",
    "mask-unknown-format":
      "Diese Maske ist weder PNG noch NumPy (.npy), NIfTI (.nii, .nii.gz), NRRD, MetaImage (.mha) oder DICOM-Segmentierung.",
    "mask-not-finite":
      "Die Maske enthält NaN oder unendliche Werte, die weder markiert noch leer sind. Speichern Sie sie ohne diese.",
    "mask-too-large": "Die Maske ist entpackt zu groß für diese Seite.",
    "mask-detached":
      "Die Daten der Maske liegen in einer anderen Datei. Speichern Sie sie als eine Datei (.nrrd, .mha).",
    "mask-no-segmentation": "Diese DICOM-Datei ist keine Segmentierung. Öffnen Sie sie stattdessen als Bild.",
    "mask-compressed":
      "Die Pixel der Segmentierung sind komprimiert. Speichern Sie sie unkomprimiert, zum Beispiel mit dcmconv oder dcmdrle.",
    "mask-no-place":
      "Die Maske sagt nicht, wo sie liegt. Speichern Sie sie mit ihrer Lage oder als .npy, das Bild für Bild gelegt wird.",
    "mask-uneven":
      "Die Frames der Segmentierung liegen nicht auf einem gleichmäßigen Gitter. Wandeln Sie sie in NIfTI um.",
    "mask-unsupported-type":
      "Die Maske hat einen Datentyp, eine Anzahl von Dimensionen oder eine Art der Speicherung, die nicht unterstützt wird.",
    "mask-turned":
      "Das PNG ist eine Animation oder soll gedreht angezeigt werden (Exif). Speichern Sie es als einfaches Bild.",
    "mask-size": "Die Maske hat eine andere Größe als das Bild.",
    "mask-not-placed":
      "Das Volumen passt weder nach der Lage im Raum noch nach der Größe zu dieser Serie. Gehört es zu einer anderen Serie?",
    "mask-too-many-labels": "Es gibt mehr Labels als freie Markierungen (höchstens 16).",
    "mask-empty": "Die Maske markiert nichts.",
    "zip-too-large":
      "Das ZIP ist ausgepackt zu groß für diese Seite. Packen Sie es aus und legen Sie den Ordner ab.",
    "zip-damaged": "Das ZIP kann nicht ausgepackt werden. Es ist beschädigt.",
    "zip-locked": "Das ZIP ist durch ein Passwort geschützt. Packen Sie es aus und legen Sie den Ordner ab.",
    "render-failed":
      "Dieses Bild kann hier nicht gezeigt werden. Masken können trotzdem in die Datei geschrieben werden.",
    "decode-failed":
      "Dieses Bild kann hier nicht gezeigt werden. Masken können trotzdem in die Datei geschrieben werden.",
    "pixels-missing":
      "Dieses Bild kann hier nicht gezeigt werden: Die Datei enthält weniger Pixel, als ihr Header angibt. Masken können trotzdem in die Datei geschrieben werden.",
    "pixel-format":
      "Dieses Bild kann hier nicht gezeigt werden: Pixel dieser Art werden nicht gezeichnet. Masken können trotzdem in die Datei geschrieben werden.",
    "palette-missing":
      "Dieses Bild kann hier nicht gezeigt werden: Seine Farbtabelle fehlt oder ist nicht lesbar. Masken können trotzdem in die Datei geschrieben werden.",
    "fragments-unclear":
      "Dieses Bild kann hier nicht gezeigt werden: Die Datei sagt nicht, welche ihrer Teile zu welchem Einzelbild gehören. Masken können trotzdem in die Datei geschrieben werden.",
    "header-failed": "Der Header der Datei kann nicht gelesen werden.",
    "unzip-failed": "Das ZIP kann nicht ausgepackt werden. Es ist beschädigt.",
    "image-worker-died":
      "Der Bildprozess ist abgebrochen, vielleicht weil der Arbeitsspeicher nicht reichte. Gehen Sie zu einem anderen Bild und zurück, um es noch einmal zu versuchen.",
    "sample-missing": "Das Beispiel ist auf diesem Server nicht vorhanden.",
    "no-grid":
      "Die Bilder liegen nicht auf einem gleichmäßigen Gitter und ergeben deshalb kein NIfTI-Volumen.",
    "no-marks":
      "Es gibt noch nichts zu exportieren. Zeichnen Sie zuerst etwas, oder importieren Sie eine Maske.",
  },
};

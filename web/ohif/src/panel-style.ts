/** The panel's own rules; colours are OHIF's, which its themes set as CSS variables. */
export const STYLE = `
.dicom-overlay-panel { padding: 8px; color: hsl(var(--foreground, 0 0% 98%)); font-size: 13px; }
.dicom-overlay-panel h3 { margin: 12px 0 6px; font-size: 13px; font-weight: 600; }
.dicom-overlay-panel p { margin: 6px 0; overflow-wrap: anywhere; }
.dicom-overlay-panel .plane { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 2px 0; }
.dicom-overlay-panel label { display: flex; align-items: center; gap: 6px; min-width: 0; overflow-wrap: anywhere; }
.dicom-overlay-panel label:has(select) { display: block; margin: 6px 0; }
.dicom-overlay-panel ol { margin: 0 0 6px; padding-left: 20px; list-style: decimal; overflow-wrap: anywhere; }
.dicom-overlay-panel small { opacity: 0.7; }
.dicom-overlay-panel select { display: block; width: 100%; margin-top: 2px; padding: 4px; border-radius: 4px;
  color: inherit; background: hsl(var(--background, 236 62% 5%)); border: 1px solid hsl(var(--input, 236 45% 30%)); }
.dicom-overlay-panel option { color: #fff; background: #090c29; }
.dicom-overlay-panel input[type="color"] { flex: none; width: 28px; height: 20px; padding: 0; border: 0; background: none; }
.dicom-overlay-panel button { width: 100%; margin: 4px 0; padding: 6px; border-radius: 4px;
  color: hsl(var(--primary-foreground, 0 0% 100%)); background: hsl(var(--primary, 214 98% 60%)); }
.dicom-overlay-panel button:disabled { opacity: 0.5; }
.dicom-overlay-panel progress { width: 100%; }
.dicom-overlay-panel :is(button, select, input):focus-visible { outline: 2px solid hsl(var(--highlight, 191 74% 63%)); outline-offset: 1px; }
`;

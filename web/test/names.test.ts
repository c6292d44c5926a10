import { describe, expect, it } from "vitest";
import { safeName, UniqueNames } from "../src/sinks/names.js";

const bytes = (text: string): number => new TextEncoder().encode(text).length;
const uid = "1.2.826.0.1.3680043.8.498.5878784190518811424";

describe("safeName", () => {
  it.each([
    ["IM0001.dcm", "IM0001.dcm"],
    ["IM0001", "IM0001"],
    ["../../etc/passwd", "passwd"],
    ["..\\..\\boot.ini", "boot.ini"],
    ["..", "file"],
    ["", "file"],
    [".dcm", "dcm"],
    ["a\u0000b\u001f\u0085.dcm", "a_b__.dcm"],
    ["gpj.\u202edcm", "gpj._dcm"],
    ["lone \ud800 half.dcm", "lone _ half.dcm"],
    ['a<b>c:d"e|f?g*.dcm', "a_b_c_d_e_f_g_.dcm"],
    ["trailing. ", "trailing"],
    ["Müller 日本.dcm", "Müller 日本.dcm"],
    [uid, uid],
    [`${uid}.dcm`, `${uid}.dcm`],
    ["series/1.2.3.4", "1.2.3.4"],
  ])("makes %j into %j", (name, expected) => {
    expect(safeName(name)).toBe(expected);
  });

  const devices = "CON prn Aux NUL com1 COM9 COM0 lpt1 LPT9 COM¹ com² LPT³ CONIN$ conout$ CLOCK$".split(" ");
  it.each(devices)("does not name a file as the device %s of Windows", (device) => {
    expect(safeName(device)).toBe(`_${device}`);
    expect(safeName(`${device}.dcm`)).toBe(`_${device}.dcm`);
    expect(safeName(`${device} .tar.gz`)).toBe(`_${device} .tar.gz`);
  });

  it.each(["CONTRAST.dcm", "com10", "nul1", "auxiliary", "lpt.1"])(
    "leaves %s, which is not a device",
    (name) => {
      expect(safeName(name)).toBe(name);
    },
  );

  it("keeps a long UID whole: its last number is not an extension", () => {
    const long = `1.2.826.${"1".repeat(20)}.${"9".repeat(30)}`;
    expect(safeName(long)).toBe(long);
  });

  it.each([
    ["x", ".dcm"],
    ["日", ".dcm"],
    ["日", ""],
    ["👩‍🔬", ".dcm"],
    ["e\u0301", ".dcm"],
  ])(
    "cuts a name of many %j to 200 bytes between characters, the extension whole",
    (character, extension) => {
      const name = safeName(character.repeat(500) + extension);
      expect(bytes(name)).toBeLessThanOrEqual(200);
      expect(bytes(name)).toBeGreaterThan(200 - bytes(character));
      expect(name.endsWith(extension)).toBe(true);
      expect(name.slice(0, name.length - extension.length)).toBe(
        character.repeat((name.length - extension.length) / character.length),
      );
    },
  );

  it("leaves no dot or space at the place where it cut", () => {
    expect(safeName(`${"x".repeat(199)}. .yyyyyyyyyyyyyy`)).toBe("x".repeat(199));
  });
});

describe("UniqueNames", () => {
  it("tells equal names apart, also where a file system sees no case, and where the new name is taken", () => {
    const names = new UniqueNames();
    const given = [
      "a.dcm",
      "A.dcm",
      "a (2).dcm",
      "folder/a.dcm",
      "b",
      "\u00e9",
      "e\u0301",
      "stra\u00dfe",
      "STRASSE",
    ];
    expect(given.map((name) => names.next(name))).toEqual([
      "a.dcm",
      "A (2).dcm",
      "a (2) (2).dcm",
      "a (3).dcm",
      "b",
      "\u00e9",
      "e\u0301 (2)",
      "stra\u00dfe",
      "STRASSE (2)",
    ]);
  });

  it("puts the number behind a UID, not into it", () => {
    const names = new UniqueNames();
    expect([names.next(uid), names.next(uid)]).toEqual([uid, `${uid} (2)`]);
  });

  // Trying every number again would be eight hundred million steps.
  it("names 40,000 equal files in time that grows with their number, within 255 bytes", () => {
    const names = new UniqueNames();
    const name = `${"日".repeat(65)}.dcm`;
    const made = new Set(Array.from({ length: 40_000 }, () => names.next(name)));
    expect(made.size).toBe(40_000);
    expect(Math.max(...[...made].map(bytes))).toBeLessThanOrEqual(255);
  });
});

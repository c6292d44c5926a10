/** A UID made of a random UUID (PS3.5 section B.2); `crypto.randomUUID` exists in secure contexts only. */
export function newUid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return `2.25.${bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n)}`;
}

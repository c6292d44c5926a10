/** A number with its noun, in the singular or the plural. */
export const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** A measured value with the digits that people read: four, or all before the point and one after it. */
export function round(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value * 10) / 10 : Number(value.toPrecision(4));
}

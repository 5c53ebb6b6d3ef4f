export enum Part {
  night,
  morning,
  day,
  evening,
}

/** Of an hour from 0 to 23. */
export function partOfDay(hour: number): Part {
  if (hour < 6) return Part.night;
  if (hour < 11) return Part.morning;
  return hour < 18 ? Part.day : Part.evening;
}

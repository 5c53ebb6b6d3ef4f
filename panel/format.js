// Figures for people.

export function perSecond(rate) {
  return rate >= 100 ? Math.round(rate).toLocaleString("en") : rate.toFixed(rate >= 10 || rate === 0 ? 0 : 1);
}

/** Seconds with a unit in which they have a few digits; "–" for null. */
export function time(seconds) {
  if (seconds === null) return "–";
  if (seconds < 1e-3) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${seconds.toPrecision(3)} s`;
}

export function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; count >= 1024 && unit < units.length - 1; count /= 1024) unit++;
  return `${unit === 0 || count >= 100 ? Math.round(count) : count.toPrecision(3)} ${units[unit]}`;
}

/** How long something has run: its two largest units. */
export function age(seconds) {
  const parts = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = Math.max(0, parts.findIndex(([, size]) => seconds >= size));
  let left = Math.floor(seconds);
  return parts.slice(seconds >= 1 ? first : 3, (seconds >= 1 ? first : 3) + 2).map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return `${count} ${unit}`;
  }).join(" ");
}

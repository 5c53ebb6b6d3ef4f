// What happened between two answers of /api/v1/stats: the server counts from its start, people want "a second".

/** The time within which `part` of the requests were answered, in seconds, or null: there were none. `counts`: requests
 *  by bucket; the last has no upper bound. Within a bucket, times are taken to be spread evenly. */
export function quantile(bounds, counts, part) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let left = all * part;
  for (const [i, count] of counts.entries()) {
    if (count >= left && count > 0) {
      const lower = i === 0 ? 0 : bounds[i - 1];
      return i < bounds.length ? lower + (bounds[i] - lower) * (left / count) : lower;
    }
    left -= count;
  }
  return bounds.at(-1);
}

/** Of counts by kind. */
export const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** One route, or all, over `seconds`. */
function rate(bounds, seconds, now, before) {
  const counts = now.duration.buckets.map((count, i) => count - (before?.duration.buckets[i] ?? 0));
  const requests = total(now.requests) - (before ? total(before.requests) : 0);
  const failures = (now.requests["5xx"] ?? 0) - (before?.requests["5xx"] ?? 0);
  return {
    route: now.route,
    requests: requests / seconds,
    failures: failures / seconds,
    p50: quantile(bounds, counts, 0.5),
    p99: quantile(bounds, counts, 0.99),
    cpu: (now.cpu_seconds - (before?.cpu_seconds ?? 0)) / seconds,
    counts,
  };
}

/** Whether a counter fell between the two: the server was started anew between them. */
export function isOfAnother(now, before) {
  const later = new Map(now.routes.map((route) => [route.route, total(route.requests)]));
  return before.routes.some((route) => !(later.get(route.route) >= total(route.requests)));
}

/** Rates of all routes and of them together. `before` may be null: then it is the mean since the server's start. */
export function rates(now, before, seconds) {
  const earlier = new Map((before?.routes ?? []).map((route) => [route.route, route]));
  const routes = now.routes.map((route) => rate(now.bounds_seconds, seconds, route, earlier.get(route.route)));
  const counts = now.bounds_seconds.concat(0).map((_, i) => routes.reduce((sum, route) => sum + route.counts[i], 0));
  const sum = (name) => routes.reduce((so_far, route) => so_far + route[name], 0);
  return {
    routes,
    requests: sum("requests"),
    failures: sum("failures"),
    cpu: sum("cpu"),
    p50: quantile(now.bounds_seconds, counts, 0.5),
    p99: quantile(now.bounds_seconds, counts, 0.99),
  };
}

// Two parameters of the route /when/[city]/[hour], which is where this file lies.
const OFFSETS = { tokyo: 9, kolkata: 5.5, cairo: 2, lisbon: 0, lima: -5, honolulu: -10 };

function clock(hours) {
  const minutes = Math.round((((hours % 24) + 24) % 24) * 60);
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

export default {
  fetch({ params }) {
    const offset = OFFSETS[params.city.toLowerCase()];
    const hour = Number(params.hour);
    if (offset === undefined) {
      return new Response(`no clock for ${params.city}; try ${Object.keys(OFFSETS).join(", ")}\n`, { status: 404 });
    }
    if (!(hour >= 0 && hour < 24)) return new Response("the hour is a number from 0 to 23\n", { status: 400 });
    return new Response(`${clock(hour)} UTC is ${clock(hour + offset)} in ${params.city}\n`);
  },
};

import { addDays, differenceInDays, format, parseISO } from "date-fns";

export default () => Response.json([
  format(addDays(parseISO("2024-02-28T00:00:00Z"), 2), "EEEE, d MMMM yyyy"),
  differenceInDays(parseISO("2025-01-01"), parseISO("2024-01-01")),
]);

// node:console
export default console;
export const { log, info, warn, error, debug, trace, dir, table, group, groupEnd, count, time, timeEnd, assert } = console;

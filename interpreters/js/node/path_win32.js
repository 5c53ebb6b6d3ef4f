import { win32 } from "./path.js";

export const {
  basename, delimiter, dirname, extname, format, isAbsolute, join, normalize, parse, posix, relative, resolve, sep, toNamespacedPath,
} = win32;
export { win32 };
export default win32;

import path from "path-browserify-win32";

const { posix, win32 } = path;
export const {
  basename, delimiter, dirname, extname, format, isAbsolute, join, normalize, parse, relative, resolve, sep, toNamespacedPath,
} = posix;
export { posix, win32 };
export default posix;

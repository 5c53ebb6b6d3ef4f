import { chunk, debounce, groupBy, merge, template } from "lodash-es";

const greet = template("hello <%- name %>");

export default () => Response.json([
  chunk([1, 2, 3], 2), groupBy([1.2, 1.5, 2.1], Math.floor), merge({ a: { b: 1 } }, { a: { c: 2 } }), typeof debounce,
  greet({ name: "<ada>" }),
]);

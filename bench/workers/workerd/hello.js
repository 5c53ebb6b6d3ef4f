// The hello of the comparisons for workerd: one isolate serves all requests.
export default {
  fetch() {
    return new Response("hello", { headers: { "content-type": "text/html" } });
  },
};

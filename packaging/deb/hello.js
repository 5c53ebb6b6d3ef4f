// The first script of an installation has the JavaScript engine compiled, once for this machine.
export default () => new Response("Hello from JavaScript.\n");

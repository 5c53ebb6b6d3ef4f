import stream from "readable-stream/lib/stream.js";

const { finished, pipeline } = stream.promises;
export { finished, pipeline };
export default { finished, pipeline };

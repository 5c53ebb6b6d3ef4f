import stream from "readable-stream/lib/stream.js";

const {
  Readable, Writable, Duplex, Transform, PassThrough, Stream, addAbortSignal, finished, pipeline, compose, promises,
} = stream;
export {
  Readable, Writable, Duplex, Transform, PassThrough, Stream, addAbortSignal, finished, pipeline, compose, promises,
};
export default stream;

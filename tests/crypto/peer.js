// Runs as a worker and in Node (tests/crypto.py): each makes keys and what is done with them, and checks the other's.
const { subtle } = crypto;
const toHex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text) => new Uint8Array(text.match(/../g)?.map((pair) => parseInt(pair, 16)) ?? []);
const data = new Uint8Array(200_003).map((_, at) => at * 7);
const counter = new Uint8Array(16).fill(255);
const few = data.subarray(0, 60);
const exponent = new Uint8Array([1, 0, 1]);
const sha = (size) => `SHA-${size}`;

const signers = [
  ...["P-256", "P-384", "P-521"].flatMap((namedCurve) =>
    [1, 256, 384, 512].map((size) => ({ name: "ECDSA", namedCurve, hash: sha(size) }))),
  { name: "Ed25519" },
  ...[1, 256, 384, 512].flatMap((size) => [
    { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: exponent, hash: sha(size) },
    { name: "RSA-PSS", modulusLength: 2048, publicExponent: exponent, hash: sha(size), saltLength: 20 },
  ]),
];
const sealers = [1, 256, 512].map((size) =>
  ({ name: "RSA-OAEP", modulusLength: 2048, publicExponent: exponent, hash: sha(size), label: few.slice(0, 5) }));
const sharers = [...["P-256", "P-384", "P-521"].map((namedCurve) => ({ name: "ECDH", namedCurve })), { name: "X25519" }];
const ciphers = [128, 256].flatMap((length) => [
  { name: "AES-GCM", length, iv: data.subarray(0, 12), additionalData: few },
  { name: "AES-GCM", length, iv: data.subarray(0, 32), tagLength: 96 },
  { name: "AES-CBC", length, iv: data.subarray(0, 16) },
  { name: "AES-CTR", length: 128, counter, bits: 64 },
  { name: "AES-CTR", length: 128, counter, bits: 14 },
]);
const macs = [1, 256, 384, 512].map((size) => ({ name: "HMAC", hash: sha(size) }));
const derivations = [1, 256, 384, 512].flatMap((size) => [
  { name: "HKDF", hash: sha(size), salt: few, info: data.subarray(0, 20) },
  { name: "PBKDF2", hash: sha(size), salt: few, iterations: 1000 },
]);

/** AES-CTR has two lengths: of its keys, and of its counter. */
const using = (algorithm) => (algorithm.bits === undefined ? algorithm : { ...algorithm, length: algorithm.bits });

async function exported(pair) {
  return {
    secret: await subtle.exportKey("jwk", pair.privateKey), open: await subtle.exportKey("jwk", pair.publicKey),
    pkcs8: toHex(await subtle.exportKey("pkcs8", pair.privateKey)), spki: toHex(await subtle.exportKey("spki", pair.publicKey)),
  };
}

async function imported(algorithm, keys, secretUsages, openUsages) {
  const pairs = [];
  for (const [format, secret, open] of [["jwk", keys.secret, keys.open], ["der", fromHex(keys.pkcs8), fromHex(keys.spki)]]) {
    const privateKey = await subtle.importKey(format === "jwk" ? "jwk" : "pkcs8", secret, algorithm, true, secretUsages);
    const publicKey = await subtle.importKey(format === "jwk" ? "jwk" : "spki", open, algorithm, true, openUsages);
    pairs.push({ privateKey, publicKey });
    // Nothing is lost or added on the way.
    const again = await exported({ privateKey, publicKey });
    if (again.pkcs8 !== keys.pkcs8 || again.spki !== keys.spki) throw new Error(`${format} comes out otherwise`);
    if (["d", "n", "x", "y"].some((part) => again.secret[part] !== keys.secret[part])) throw new Error("JWK comes out otherwise");
  }
  return pairs;
}

const makers = {
  async signers(algorithm) {
    const pair = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
    return { keys: await exported(pair), signature: toHex(await subtle.sign(algorithm, pair.privateKey, data)) };
  },
  async sealers(algorithm) {
    const pair = await subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
    return { keys: await exported(pair), sealed: toHex(await subtle.encrypt(algorithm, pair.publicKey, few)) };
  },
  async sharers(algorithm) {
    const [one, two] = await Promise.all([0, 1].map(() => subtle.generateKey(algorithm, true, ["deriveBits"])));
    const secret = await subtle.deriveBits({ name: algorithm.name, public: two.publicKey }, one.privateKey, 256);
    return { keys: await exported(one), other: await exported(two), shared: toHex(secret) };
  },
  async ciphers(algorithm) {
    const key = await subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
    const sealed = toHex(await subtle.encrypt(using(algorithm), key, data));
    return { key: await subtle.exportKey("jwk", key), sealed };
  },
  async macs(algorithm) {
    const key = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
    return { key: await subtle.exportKey("jwk", key), signature: toHex(await subtle.sign("HMAC", key, data)) };
  },
  async derivations(algorithm) {
    const key = await subtle.importKey("raw", data.slice(0, 99), algorithm.name, false, ["deriveBits"]);
    return { derived: toHex(await subtle.deriveBits(algorithm, key, 1000)) };
  },
};

const checkers = {
  async signers(algorithm, { keys, signature }) {
    for (const { privateKey, publicKey } of await imported(algorithm, keys, ["sign"], ["verify"])) {
      if (!(await subtle.verify(algorithm, publicKey, fromHex(signature), data))) throw new Error("does not verify");
      if (await subtle.verify(algorithm, publicKey, fromHex(signature), few)) throw new Error("verifies what was not signed");
      const own = await subtle.sign(algorithm, privateKey, few);
      if (!(await subtle.verify(algorithm, publicKey, own, few))) throw new Error("does not verify its own");
    }
  },
  async sealers(algorithm, { keys, sealed }) {
    for (const { privateKey } of await imported(algorithm, keys, ["decrypt"], ["encrypt"])) {
      const opened = await subtle.decrypt(algorithm, privateKey, fromHex(sealed));
      if (toHex(opened) !== toHex(few)) throw new Error("decrypts to something else");
    }
  },
  async sharers(algorithm, { keys, other, shared }) {
    const [ones, twos] = [await imported(algorithm, keys, ["deriveBits"], []), await imported(algorithm, other, ["deriveBits"], [])];
    for (const [mine, theirs] of [[ones[0], twos[1]], [twos[0], ones[1]]]) {
      const secret = await subtle.deriveBits({ name: algorithm.name, public: theirs.publicKey }, mine.privateKey, 256);
      if (toHex(secret) !== shared) throw new Error("derives another secret");
    }
  },
  async ciphers(algorithm, { key, sealed }) {
    const own = await subtle.importKey("jwk", key, algorithm, true, ["encrypt", "decrypt"]);
    if (toHex(await subtle.decrypt(using(algorithm), own, fromHex(sealed))) !== toHex(data)) throw new Error("decrypts to something else");
    if (toHex(await subtle.encrypt(using(algorithm), own, data)) !== sealed) throw new Error("encrypts to something else");
  },
  async macs(algorithm, { key, signature }) {
    const own = await subtle.importKey("jwk", key, algorithm, true, ["verify"]);
    if (!(await subtle.verify("HMAC", own, fromHex(signature), data))) throw new Error("does not verify");
  },
  async derivations(algorithm, { derived }) {
    if ((await makers.derivations(algorithm)).derived !== derived) throw new Error("derives something else");
  },
};

const all = { signers, sealers, sharers, ciphers, macs, derivations };

export async function make() {
  const made = {};
  for (const [kind, algorithms] of Object.entries(all)) made[kind] = await Promise.all(algorithms.map(makers[kind]));
  return made;
}

/** What does not hold. */
export async function check(made) {
  const wrong = [];
  for (const [kind, algorithms] of Object.entries(all)) {
    for (const [at, algorithm] of algorithms.entries()) {
      const { name, namedCurve = "", hash = "", bits = "" } = algorithm;
      await checkers[kind](algorithm, made[kind][at])
        .catch((error) => wrong.push(`${[name, namedCurve, hash, bits].join(" ")}: ${error}`));
    }
  }
  return wrong;
}

export default {
  async fetch(request) { return Response.json(request.method === "POST" ? await check(await request.json()) : await make()); },
};

import * as jose from "jose";

const text = new TextEncoder();
const read = (bytes) => new TextDecoder().decode(bytes);

// Keys and answers of RFC 7515 (A.1, A.3) and RFC 8037 (A.4).
const MAC = { kty: "oct", k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow" };
const MAC_TOKEN = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt" +
  "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CURVE = {
  kty: "EC", crv: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
};
const CURVE_TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0" +
  "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const EDWARDS = {
  kty: "OKP", crv: "Ed25519", d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
};

/** A signature of each kind is made, verified with the public key as a JWK, and refused when the token is another. */
async function signed(alg) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  const jwt = await new jose.SignJWT({ user: "ada" }).setProtectedHeader({ alg, kid: "1" }).setIssuedAt().setIssuer("wws")
    .setAudience("test").setExpirationTime("1h").sign(await jose.importPKCS8(await jose.exportPKCS8(privateKey), alg));
  const keys = jose.createLocalJWKSet({ keys: [{ ...await jose.exportJWK(publicKey), kid: "1", alg, use: "sig" }] });
  const { payload, protectedHeader } = await jose.jwtVerify(jwt, keys, { issuer: "wws", audience: "test" });
  const [head, , signature] = jwt.split(".");
  const other = `${head}.${jose.base64url.encode(JSON.stringify({ ...payload, user: "eve" }))}.${signature}`;
  const refused = await jose.jwtVerify(other, await jose.importSPKI(await jose.exportSPKI(publicKey), alg)).catch(({ code }) => code);
  return [alg, payload.user, protectedHeader.kid, refused];
}

async function encrypted(alg, enc, key, privateKey = key) {
  const jwe = await new jose.CompactEncrypt(text.encode("secret")).setProtectedHeader({ alg, enc }).encrypt(key);
  const { plaintext, protectedHeader } = await jose.compactDecrypt(jwe, privateKey);
  const at = jwe.length - 10; // within the tag
  const broken = jwe.slice(0, at) + (jwe[at] === "A" ? "B" : "A") + jwe.slice(at + 1);
  const refused = await jose.compactDecrypt(broken, privateKey).catch(({ code }) => code);
  return [protectedHeader.alg, protectedHeader.enc, read(plaintext), refused];
}

async function vectors() {
  const old = { currentDate: new Date(1300819379000) };
  const mac = await jose.jwtVerify(MAC_TOKEN, await jose.importJWK(MAC, "HS256"), old);
  const curve = await jose.jwtVerify(CURVE_TOKEN, await jose.importJWK(CURVE, "ES256"), old);
  const late = await jose.jwtVerify(MAC_TOKEN, await jose.importJWK(MAC, "HS256")).catch(({ code }) => code);
  const edwards = await new jose.CompactSign(text.encode("Example of Ed25519 signing")).setProtectedHeader({ alg: "EdDSA" })
    .sign(await jose.importJWK(EDWARDS, "EdDSA"));
  const kid = await jose.calculateJwkThumbprint(EDWARDS);
  return [mac.payload.iss, curve.payload.iss, late, edwards.split(".")[2], kid];
}

export default async () => {
  const secret = text.encode("a secret of at least 32 bytes, as HS256 wants it");
  const jwt = await new jose.SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject("ada").sign(secret);
  const wrong = await jose.jwtVerify(jwt, text.encode("another secret of at least 32 bytes.....")).catch(({ code }) => code);
  const curve = await jose.generateKeyPair("ECDH-ES");
  return Response.json([
    [(await jose.jwtVerify(jwt, secret)).payload.sub, wrong, jose.decodeProtectedHeader(jwt).alg],
    await Promise.all(["RS256", "PS256", "ES256", "ES384", "EdDSA"].map(signed)),
    await encrypted("dir", "A256GCM", crypto.getRandomValues(new Uint8Array(32))),
    await encrypted("ECDH-ES+A128KW", "A128CBC-HS256", curve.publicKey, curve.privateKey),
    await vectors(),
  ]);
};

import { customAlphabet, nanoid } from "nanoid";

const digits = customAlphabet("0123456789", 8);

export default () => Response.json([nanoid().length, /^[0-9]{8}$/.test(digits()), nanoid() !== nanoid()]);

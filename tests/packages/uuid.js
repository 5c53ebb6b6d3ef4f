import { v4, v5, validate, version } from "uuid";

export default () => Response.json([validate(v4()), version(v4()), v5("www.example.com", v5.DNS), v4() !== v4()]);

import Ajv from "ajv";

const validate = new Ajv({ allErrors: true }).compile({
  type: "object", properties: { n: { type: "integer", minimum: 1 } }, required: ["n"], additionalProperties: false,
});

export default async (request) => {
  const isValid = validate(await request.json());
  return Response.json(isValid ? "valid" : validate.errors.map((each) => [each.instancePath, each.keyword]));
};

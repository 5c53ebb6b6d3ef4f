import { z } from "zod";

const User = z.object({
  name: z.string().min(2), age: z.number().int().positive(), mail: z.email().optional(), tags: z.array(z.string()).default([]),
});

export default async (request) => {
  const { success, data, error } = User.safeParse(await request.json());
  if (success) return Response.json(data);
  return Response.json(error.issues.map((issue) => [issue.path.join("."), issue.code]), { status: 400 });
};

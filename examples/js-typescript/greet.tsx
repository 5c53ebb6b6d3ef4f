// A page, made of typed components. The runtime of its JSX is _jsx/jsx-runtime.ts, as tsconfig.json says.
import type { Child } from "./_jsx/jsx-runtime";
import { Part, partOfDay } from "./_day";

interface PageProps {
  title: string;
  children?: Child;
}

const Page = ({ title, children }: PageProps) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>{title}</title>
    </head>
    <body>
      <h1>{title}</h1>
      {children}
    </body>
  </html>
);

const wishes: Record<Part, string> = {
  [Part.night]: "Good night",
  [Part.morning]: "Good morning",
  [Part.day]: "Good day",
  [Part.evening]: "Good evening",
};

export default {
  fetch(request: Request & { params: { name: string } }): Response {
    const url = new URL(request.url);
    const hour = Number(url.searchParams.get("hour") ?? new Date().getHours());
    const part = partOfDay(hour);
    const page = (
      <Page title={`${wishes[part]}, ${request.params.name}`}>
        <p class="hour">It is {hour} o'clock: {Part[part]}.</p>
      </Page>
    );
    return new Response(`<!doctype html>${page}`, { headers: { "content-type": "text/html" } });
  },
};

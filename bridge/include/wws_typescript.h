/* The border between wws (C++) and oxc (Rust), which makes JavaScript of TypeScript and JSX. Only src/script
 * includes this header.
 *
 * Rules for every function here
 *  - Nothing unwinds across the border, and nothing is kept between calls. A function that returns wwst_problems*
 *    returns NULL on success; the caller deletes the problems. Objects are deleted by their own _delete, once; NULL
 *    is ignored.
 *  - All are called on any thread, an object on one at a time.
 *  - Files of users may be hostile: what is nested deeply overflows the stack, and what is large takes time and
 *    memory. The caller has a process for it that can be spared.
 */
#ifndef WWS_TYPESCRIPT_H
#define WWS_TYPESCRIPT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* UTF-8 of the caller, for the time of a call; or of what it was asked from, as long as that is there. */
typedef struct wwst_text {
  const uint8_t* data;
  size_t size;
} wwst_text;

/* Other than before when other JavaScript may be made of the same files. Static. */
wwst_text wwst_version(void);

/* ---- what is wrong with a file: one or more ---- */

typedef struct wwst_problems wwst_problems;
size_t wwst_problems_count(const wwst_problems*);
wwst_text wwst_problem_text(const wwst_problems*, size_t index);  /* one line */
uint32_t wwst_problem_line(const wwst_problems*, size_t index);   /* from 1 */
uint32_t wwst_problem_column(const wwst_problems*, size_t index); /* from 1, in UTF-16 units */
void wwst_problems_delete(wwst_problems*);

/* ---- settings ---- */

typedef struct wwst_names wwst_names;
size_t wwst_names_count(const wwst_names*);
wwst_text wwst_name(const wwst_names*, size_t index);
void wwst_names_delete(wwst_names*);

typedef struct wwst_settings wwst_settings;
/* Those of a project without tsconfig.json. */
wwst_settings* wwst_settings_new(void);
/* Takes from the text of a tsconfig.json what was not set by those before. On success `extended` are the names
 * that it extends, the one to be added next first; the caller deletes them. */
wwst_problems* wwst_settings_add(wwst_settings*, wwst_text tsconfig, wwst_names** extended);
void wwst_settings_delete(wwst_settings*);

/* ---- scripts ---- */

typedef struct wwst_script wwst_script;
/* The ending of `name` (.ts, .mts, .tsx, .jsx) says what `source` is. */
wwst_problems* wwst_translate(const wwst_settings*, wwst_text name, wwst_text source, wwst_script** script);
wwst_text wwst_script_code(const wwst_script*);
/* Where it comes from (docs/formats/user-files.md, "Positions"). */
wwst_text wwst_script_positions(const wwst_script*);
void wwst_script_delete(wwst_script*);

#ifdef __cplusplus
}
#endif

#endif

//! One file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use oxc_allocator::Allocator;
use oxc_ast::ast::{Decorator, Program};
use oxc_ast_visit::Visit;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc_diagnostics::{OxcDiagnostic, Severity};
use oxc_parser::Parser;
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan, LabeledSpan, SourceType};
use oxc_transformer::{HelperLoaderMode, JsxRuntime, TransformOptions, Transformer};

use crate::positions;
use crate::settings::Settings;

/// More say no more.
const MOST_PROBLEMS: usize = 20;

/// What decorators are made of, in one line.
const HELPERS: &str = include_str!("helpers.js");

/// What is wrong, and where; lines and columns count from 1.
pub struct Problem {
    pub line: u32,
    pub column: u32,
    pub text: String,
}

pub struct Script {
    pub code: String,
    pub positions: Vec<u8>,
}

/// What of TypeScript and JSX the file may have, by its name. A `.ts` file without imports and exports may be a
/// script; where JSX is, an import is made for it.
fn source_type(name: &str) -> SourceType {
    if name.ends_with(".jsx") {
        SourceType::jsx().with_module(true)
    } else if name.ends_with(".tsx") {
        SourceType::tsx()
    } else if name.ends_with(".mts") {
        SourceType::ts()
    } else {
        SourceType::ts().with_unambiguous(true)
    }
}

fn options(settings: &Settings) -> TransformOptions {
    let mut options = TransformOptions::default();
    options.helper_loader.mode = HelperLoaderMode::External;
    options.typescript.only_remove_type_imports = settings.verbatim_module_syntax.unwrap_or(false);
    options.typescript.remove_class_fields_without_initializer = !settings.defines_class_fields();
    options.decorator.legacy = settings.experimental_decorators.unwrap_or(false);
    options.decorator.emit_decorator_metadata = settings.emit_decorator_metadata.unwrap_or(false);
    let jsx = &mut options.jsx;
    jsx.throw_if_namespace = false;
    jsx.import_source.clone_from(&settings.jsx_import_source);
    if settings.jsx.as_deref() == Some("react") {
        jsx.runtime = JsxRuntime::Classic;
        jsx.import_source = None;
        jsx.pragma.clone_from(&settings.jsx_factory);
        jsx.pragma_frag.clone_from(&settings.jsx_fragment_factory);
    }
    if let Some(factory) = &jsx.pragma {
        options.typescript.jsx_pragma = Cow::Owned(factory.clone());
    }
    if let Some(factory) = &jsx.pragma_frag {
        options.typescript.jsx_pragma_frag = Cow::Owned(factory.clone());
    }
    options
}

/// The JavaScript of the file `name`, whose text is `source`.
pub fn translate(settings: &Settings, name: &str, source: &str) -> Result<Script, Vec<Problem>> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let fail = |diagnostics: &[OxcDiagnostic]| problems_of(source, diagnostics.iter());
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, source_type(name)).parse();
    if parsed.panicked || parsed.diagnostics.has_errors() {
        return Err(fail(&parsed.diagnostics));
    }
    let mut program = parsed.program;
    if !settings.experimental_decorators.unwrap_or(false) {
        refuse_decorators(source, &program)?;
    }
    let semantic = SemanticBuilder::new()
        .with_excess_capacity(1.0)
        .with_check_syntax_error(true)
        .with_enum_eval(true)
        .build(&program);
    if semantic.diagnostics.has_errors() {
        return Err(fail(&semantic.diagnostics));
    }
    let scoping = semantic.semantic.into_scoping();
    let mut options = options(settings);
    if names_factory(source, &program) {
        options.jsx.runtime = JsxRuntime::Classic;
        options.jsx.import_source = None;
    }
    let transformed =
        Transformer::new(&allocator, Path::new(name), &options).build_with_scoping(scoping, &mut program);
    if transformed.diagnostics.has_errors() {
        return Err(fail(&transformed.diagnostics));
    }
    let printed = Codegen::new()
        .with_options(CodegenOptions {
            comments: CommentOptions::disabled(),
            indent_width: 0, // what is nested deeply would be mostly that
            source_map_path: Some(PathBuf::from(name)),
            ..CodegenOptions::default()
        })
        .with_scoping(Some(transformed.scoping))
        .build(&program);
    let map = printed.map.expect("a path for it was given");
    #[expect(deprecated)]
    let needs_helpers = !transformed.helpers_used.is_empty();
    let positions = positions::encode(&map, &printed.code, u32::from(needs_helpers));
    let code = if needs_helpers { format!("{HELPERS}{}", printed.code) } else { printed.code };
    Ok(Script { code, positions })
}

/// Whether a comment at the file's begin sets a factory with `@jsx`, and none asks for the other way. oxc would
/// read the name, and not use it.
fn names_factory(source: &str, program: &Program) -> bool {
    let code_begin = program.body.first().map_or(u32::MAX, |statement| statement.span().start);
    let has = |pragma: &str| {
        program.comments.iter().take_while(|comment| comment.span.end <= code_begin).any(|comment| {
            comment.span.source_text(source).split_whitespace().any(|word| word == pragma)
        })
    };
    has("@jsx") && !has("@jsxRuntime") && !has("@jsxImportSource")
}

/// The engine that runs the JavaScript has no decorators, and the standard's are not made of anything else.
fn refuse_decorators(source: &str, program: &Program) -> Result<(), Vec<Problem>> {
    struct Find(Option<u32>);
    impl<'a> Visit<'a> for Find {
        fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
            self.0.get_or_insert(decorator.span.start);
        }
    }
    let mut find = Find(None);
    if source.contains('@') {
        find.visit_program(program);
    }
    let Some(offset) = find.0 else { return Ok(()) };
    let (line, column) = positions::place_of(source, offset as usize);
    let text = "decorators need \"experimentalDecorators\": true in the compilerOptions of tsconfig.json, and are \
                TypeScript's then; there are no others";
    Err(vec![Problem { line, column, text: text.to_string() }])
}

/// One for each error; the words of oxc, with what its label and help add.
pub fn problems_of<'d>(
    source: &str,
    diagnostics: impl Iterator<Item = &'d OxcDiagnostic>,
) -> Vec<Problem> {
    let mut problems: Vec<Problem> = diagnostics
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .take(MOST_PROBLEMS)
        .map(|diagnostic| problem_of(source, diagnostic))
        .collect();
    if problems.is_empty() {
        problems.push(Problem { line: 1, column: 1, text: "it cannot be read".to_string() });
    }
    problems
}

/// What a label marks, if that is short.
fn text_at<'s>(source: &'s str, label: &LabeledSpan) -> Option<&'s str> {
    let begin = label.offset() as usize;
    let token = source.get(begin..begin + label.len() as usize)?;
    (!token.is_empty() && token.len() <= 40 && !token.contains('\n')).then_some(token)
}

fn problem_of(source: &str, diagnostic: &OxcDiagnostic) -> Problem {
    let label = diagnostic.labels.first();
    let (line, column) = positions::place_of(source, label.map_or(0, |label| label.offset() as usize));
    let mut text = diagnostic.message.trim_end_matches('.').to_string();
    // oxc points at it, and does not name it.
    if let (true, Some(token)) = (text == "Unexpected token", label.and_then(|label| text_at(source, label))) {
        text = format!("{text} `{token}`");
    }
    for more in [&diagnostic.help, &diagnostic.note].into_iter().flatten() {
        text.push_str(": ");
        text.push_str(more.trim_end_matches('.'));
    }
    Problem { line, column, text: text.replace('\n', " ") }
}

//! What of `tsconfig.json` changes the JavaScript that is made.

use oxc_allocator::Allocator;
use oxc_ast::ast::{ArrayExpressionElement, Expression, ObjectExpression, ObjectPropertyKind};
use oxc_parser::Parser;
use oxc_span::SourceType;

use crate::translate::{Problem, problems_of};

/// Of one `tsconfig.json` and those that it extends: what the first sets goes before what those set.
#[derive(Clone, Default)]
pub struct Settings {
    pub jsx: Option<String>,
    pub jsx_import_source: Option<String>,
    pub jsx_factory: Option<String>,
    pub jsx_fragment_factory: Option<String>,
    pub experimental_decorators: Option<bool>,
    pub emit_decorator_metadata: Option<bool>,
    pub verbatim_module_syntax: Option<bool>,
    pub use_define_for_class_fields: Option<bool>,
    pub target: Option<String>,
}

impl Settings {
    /// Takes what `text` sets and was not set before. Returns the names of what it extends, the one that goes
    /// before the others first. Comments and commas at the end of lists are allowed, as they are in TypeScript.
    pub fn add(&mut self, text: &str) -> Result<Vec<String>, Vec<Problem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let allocator = Allocator::default();
        let root = Parser::new(&allocator, text, SourceType::mjs())
            .parse_expression()
            .map_err(|diagnostics| problems_of(text, diagnostics.iter()))?;
        let Expression::ObjectExpression(root) = root else {
            return Err(vec![Problem { line: 1, column: 1, text: "it is no JSON object".to_string() }]);
        };
        if let Some(Expression::ObjectExpression(options)) = value_of(&root, "compilerOptions") {
            self.take(options);
        }
        Ok(extended(&root))
    }

    fn take(&mut self, options: &ObjectExpression) {
        let text = |kept: &mut Option<String>, name| {
            if let (None, Some(Expression::StringLiteral(value))) = (&kept, value_of(options, name)) {
                *kept = Some(value.value.to_string());
            }
        };
        let flag = |kept: &mut Option<bool>, name| {
            if let (None, Some(Expression::BooleanLiteral(value))) = (&kept, value_of(options, name)) {
                *kept = Some(value.value);
            }
        };
        text(&mut self.jsx, "jsx");
        text(&mut self.jsx_import_source, "jsxImportSource");
        text(&mut self.jsx_factory, "jsxFactory");
        text(&mut self.jsx_fragment_factory, "jsxFragmentFactory");
        flag(&mut self.experimental_decorators, "experimentalDecorators");
        flag(&mut self.emit_decorator_metadata, "emitDecoratorMetadata");
        flag(&mut self.verbatim_module_syntax, "verbatimModuleSyntax");
        flag(&mut self.use_define_for_class_fields, "useDefineForClassFields");
        text(&mut self.target, "target");
    }

    /// Whether fields of classes are defined, as JavaScript does, and not assigned: TypeScript's rule.
    pub fn defines_class_fields(&self) -> bool {
        self.use_define_for_class_fields.unwrap_or_else(|| {
            let Some(target) = &self.target else { return true };
            let target = target.to_ascii_lowercase();
            let year = target.strip_prefix("es").and_then(|year| year.parse::<u32>().ok());
            year.is_none_or(|year| year >= 2022)
        })
    }
}

fn value_of<'a, 'b>(object: &'b ObjectExpression<'a>, name: &str) -> Option<&'b Expression<'a>> {
    object.properties.iter().find_map(|property| match property {
        ObjectPropertyKind::ObjectProperty(property) if property.key.is_specific_static_name(name) => {
            Some(&property.value)
        }
        _ => None,
    })
}

fn extended(root: &ObjectExpression) -> Vec<String> {
    match value_of(root, "extends") {
        Some(Expression::StringLiteral(name)) => vec![name.value.to_string()],
        // The last of them is who has the last word.
        Some(Expression::ArrayExpression(names)) => names
            .elements
            .iter()
            .rev()
            .filter_map(|element| match element {
                ArrayExpressionElement::StringLiteral(name) => Some(name.value.to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

//! One CEL expression, compiled.
//!
//! # Invariants
//!
//! - Compiled once, when the pack is read.
//! - Short, shallow and without a loop inside another: neither parsing nor evaluating can run away.
//! - A failing evaluation is nothing, never a number.

use std::collections::{BTreeSet, HashMap};

use cel::common::ast::{EntryExpr, Expr};
use cel::{Context, IdedExpr, Program, Value};

/// The longest expression.
const SOURCE_BYTES: usize = 500;
/// Operators that nest. Evaluating goes down one call for each, at some 40 kB in a debug build.
const SIGNS: usize = 24;
/// Brackets within brackets.
const DEPTH: usize = 6;

#[derive(Debug)]
pub(crate) struct Expression {
    program: Program,
    free: BTreeSet<String>,
}

impl Expression {
    /// Compiles the source; none when it is no CEL, too long, or loops within loops.
    pub(crate) fn compile(source: &str) -> Option<Self> {
        if source.len() > SOURCE_BYTES || signs(source) > SIGNS || depth(source) > DEPTH {
            return None;
        }
        let program = Program::compile(source).ok()?;
        let mut names = Names::default();
        names.walk(program.expression());
        if names.nested {
            return None;
        }
        let free = names.free;
        Some(Self { program, free })
    }

    /// The variables that must be given.
    pub(crate) fn free(&self) -> &BTreeSet<String> {
        &self.free
    }

    pub(crate) fn run<'a>(
        &self,
        variables: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Option<Value> {
        let mut context = Context::default();
        for (name, value) in variables {
            context.add_variable_from_value(name, value);
        }
        self.program.execute(&context).ok()
    }
}

/// Operators and brackets, those that stand together as one.
fn signs(source: &str) -> usize {
    let is_sign = |c| "+-*/%?!<>=&|.([{".contains(c);
    let runs = source.split(|c| !is_sign(c)).filter(|run| !run.is_empty());
    runs.count() + source.matches(" in ").count()
}

fn depth(source: &str) -> usize {
    let step = |(now, most): (usize, usize), c| match c {
        '(' | '[' | '{' => (now + 1, most.max(now + 1)),
        ')' | ']' | '}' => (now.saturating_sub(1), most),
        _ => (now, most),
    };
    source.chars().fold((0, 0), step).1
}

/// JSON as CEL sees it: every number is a double.
pub(crate) fn to_cel(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(yes) => Value::Bool(*yes),
        serde_json::Value::Number(number) => number.as_f64().map_or(Value::Null, Value::Float),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(list) => list.iter().map(to_cel).collect::<Vec<_>>().into(),
        serde_json::Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), to_cel(value)))
            .collect::<HashMap<_, _>>()
            .into(),
    }
}

/// Free variables, and whether a loop stands in a loop.
#[derive(Default)]
struct Names {
    free: BTreeSet<String>,
    bound: Vec<String>,
    nested: bool,
}

impl Names {
    fn walk(&mut self, expression: &IdedExpr) {
        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => {
                if !self.bound.contains(name) {
                    self.free.insert(name.clone());
                }
            }
            Expr::Call(call) => {
                call.target.iter().for_each(|target| self.walk(target));
                call.args.iter().for_each(|arg| self.walk(arg));
            }
            Expr::List(list) => list.elements.iter().for_each(|element| self.walk(element)),
            Expr::Select(select) => self.walk(&select.operand),
            Expr::Map(map) => map.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Struct(made) => made
                .entries
                .iter()
                .for_each(|entry| self.entry(&entry.expr)),
            Expr::Comprehension(loop_) => {
                self.walk(&loop_.iter_range);
                self.walk(&loop_.accu_init);
                self.nested |= !self.bound.is_empty();
                let outside = self.bound.len();
                self.bound.push(loop_.iter_var.clone());
                self.bound.extend(loop_.iter_var2.clone());
                self.bound.push(loop_.accu_var.clone());
                self.walk(&loop_.loop_cond);
                self.walk(&loop_.loop_step);
                self.walk(&loop_.result);
                self.bound.truncate(outside);
            }
        }
    }

    fn entry(&mut self, entry: &EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.walk(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.walk(&entry.key);
                self.walk(&entry.value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(source: &str, variables: &[(&str, serde_json::Value)]) -> Option<Value> {
        let expression = Expression::compile(source).unwrap();
        expression.run(variables.iter().map(|(name, value)| (*name, to_cel(value))))
    }

    #[test]
    fn numbers_from_json_compare_with_whole_numbers() {
        let three = [("value", serde_json::json!(3))];
        assert_eq!(run("value >= 3", &three), Some(Value::Bool(true)));
        assert_eq!(run("value == 3", &three), Some(Value::Bool(true)));
        assert_eq!(run("value < 2.5", &three), Some(Value::Bool(false)));
    }

    #[test]
    fn a_failing_evaluation_is_nothing() {
        assert_eq!(
            run("value.b < 1.0", &[("value", serde_json::json!({"a": 1}))]),
            None
        );
        assert_eq!(run("missing", &[]), None);
    }

    #[test]
    fn only_what_is_not_bound_is_free() {
        let expression = Expression::compile("size([a, b].filter(x, x)) > c.d").unwrap();
        let free: Vec<&str> = expression.free().iter().map(String::as_str).collect();
        assert_eq!(free, ["a", "b", "c"]);
    }

    #[test]
    fn what_could_run_for_ever_does_not_compile() {
        assert!(Expression::compile("[1].map(x, [2].map(y, x + y))").is_none());
        assert!(Expression::compile(&"1+".repeat(300)).is_none());
        assert!(Expression::compile(&"(".repeat(400)).is_none());
        assert!(Expression::compile("1 +").is_none());
    }

    #[test]
    fn the_deepest_expressions_that_compile_can_be_run() {
        let (open, close) = ("(".repeat(DEPTH), ")".repeat(DEPTH));
        for (piece, end) in [
            ("1+", "1"),
            ("true?1:", "2"),
            ("! ", "true"),
            ("- ", "1"),
            ("true&&", "true"),
            ("a.", "a"),
            ("1 in ", "[1]"),
        ] {
            let count = (1..).take_while(|n| signs(&piece.repeat(n + 1)) < SIGNS);
            let source = open.clone() + &piece.repeat(count.last().unwrap()) + end + &close;
            if let Some(expression) = Expression::compile(&source) {
                let _ = expression.run([("a", Value::Null)]);
            }
        }
        assert_eq!(run(&(open + "1" + &close), &[]), Some(Value::Int(1)));
    }
}

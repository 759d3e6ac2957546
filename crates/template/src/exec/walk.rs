//! Walking the nodes of a tree: text, actions, branches, loops, calls of templates.

use super::{Flow, Part, Result1, State};
use crate::ast::{Branches, List, Node, NodeKind, Pipe};
use crate::format;
use crate::value::Value;

impl<'t> State<'t, '_> {
    pub(super) fn walk_list(&mut self, dot: &Value, list: &'t List) -> Result1<Flow> {
        for node in list {
            let flow = self.walk(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn walk(&mut self, dot: &Value, node: &'t Node) -> Result1<Flow> {
        self.part = Part::Node(node);
        self.step()?;
        match &node.kind {
            NodeKind::Text(text) => self.write_text(text)?,
            NodeKind::Action(pipe) => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.part = Part::Node(node);
                    self.write_value(&value)?;
                }
            }
            NodeKind::Break => return Ok(Flow::Break),
            NodeKind::Continue => return Ok(Flow::Continue),
            NodeKind::If(branches) => return self.deeper(|s| s.branches(dot, branches, false)),
            NodeKind::With(branches) => return self.deeper(|s| s.branches(dot, branches, true)),
            NodeKind::Range { pipe, body, otherwise } => {
                return self.deeper(|s| s.range(dot, pipe, body, otherwise.as_ref()));
            }
            NodeKind::Template { name, pipe } => self.template(dot, node, name, pipe.as_ref())?,
        }
        Ok(Flow::Next)
    }

    fn branches(&mut self, dot: &Value, branches: &'t Branches, with: bool) -> Result1<Flow> {
        let mark = self.variables.len();
        let mut chosen = None;
        for (pipe, body) in &branches.branches {
            let value = self.pipeline(dot, pipe)?;
            if value.is_true() {
                chosen = Some((if with { value } else { dot.clone() }, body));
                break;
            }
        }
        let flow = match (chosen, &branches.otherwise) {
            (Some((dot, body)), _) => self.walk_list(&dot, body)?,
            (None, Some(body)) => self.walk_list(dot, body)?,
            (None, None) => Flow::Next,
        };
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn range(
        &mut self,
        dot: &Value,
        pipe: &'t Pipe,
        body: &'t List,
        otherwise: Option<&'t List>,
    ) -> Result1<Flow> {
        let outer = self.variables.len();
        let value = self.pipeline(dot, pipe)?;
        let mut any = false;
        match &value {
            Value::List(_, items) => {
                for (i, item) in items.iter().enumerate() {
                    any = true;
                    if !self.iteration(pipe, body, Value::int(i as i64), item.clone())? {
                        break;
                    }
                }
            }
            Value::Map(_, entries) => {
                for (key, item) in entries.iter() {
                    any = true;
                    if !self.iteration(pipe, body, Value::string(key), item.clone())? {
                        break;
                    }
                }
            }
            Value::Int(n, kind) => {
                for i in 0..*n {
                    any = true;
                    let i = Value::Int(i, *kind);
                    if !self.iteration(pipe, body, i.clone(), i)? {
                        break;
                    }
                }
            }
            Value::None => {}
            other @ (Value::Bool(_)
            | Value::Uint(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::Safe(..)
            | Value::Struct(..)
            | Value::Time(_)) => {
                let shown = format::display(other, self.shared.limits.bytes_max).unwrap_or_default();
                return self.fail(format!("range can't iterate over {shown}"));
            }
        }
        // A break of this loop ends here, one in `else` belongs to the loop around.
        let flow = match otherwise {
            Some(list) if !any => self.walk_list(dot, list)?,
            Some(_) | None => Flow::Next,
        };
        self.variables.truncate(outer);
        Ok(flow)
    }

    /// Runs the body once. Tells whether the loop goes on.
    fn iteration(&mut self, pipe: &'t Pipe, body: &'t List, index: Value, item: Value) -> Result1<bool> {
        self.step()?;
        let values: &[&Value] = match pipe.variables.len() {
            0 => &[],
            1 => &[&item],
            _two => &[&index, &item],
        };
        for (name, value) in pipe.variables.iter().zip(values) {
            self.set_variable(name, (*value).clone())?;
        }
        let mark = self.variables.len();
        let flow = self.walk_list(&item, body)?;
        self.variables.truncate(mark);
        Ok(flow != Flow::Break)
    }

    fn template(
        &mut self,
        dot: &Value,
        node: &'t Node,
        name: &'t str,
        pipe: Option<&'t Pipe>,
    ) -> Result1<()> {
        let Some((name, tree)) = self.shared.set.trees.get_key_value(name) else {
            return self.fail(format!("template {} not defined", model::number::quote(name)));
        };
        let data = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::None,
        };
        self.part = Part::Node(node);
        self.deeper(|s| {
            let mut inner = State {
                shared: s.shared,
                tree,
                name,
                part: s.part,
                variables: vec![("$", data.clone())],
                out: s.out,
            };
            inner.walk_list(&data, &tree.body).map(|_| ())
        })
    }

    pub(super) fn set_variable(&mut self, name: &str, value: Value) -> Result1<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some(slot) => {
                slot.1 = value;
                Ok(())
            }
            None => self.fail(format!("undefined variable: {name}")),
        }
    }
}

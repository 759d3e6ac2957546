//! From text to tree.
//!
//! Bounds: nesting of [`DEPTH_MAX`], [`ALIASED_NODES_MAX`] nodes copied by aliases (against "billion laughs").
//! A syntax error ends reading; duplicate keys, keys that are not scalars and bad merges are reported and reading goes on.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use crate::node::{Entry, Kind, Node, Position, Scalar};
use crate::report::Report;

/// Deeper documents are refused. Prometheus's configuration needs about ten levels.
pub const DEPTH_MAX: usize = 100;
/// More nodes than this behind aliases are refused; big shared anchors of real files stay far below.
pub const ALIASED_NODES_MAX: usize = 500_000;

/// Reads the first document of a text. Returns `None` if its syntax is wrong, which the report then tells;
/// an empty text is a null.
pub fn parse(text: &str, report: &Report) -> Option<Node> {
    let mut builder = Builder { report, stack: Vec::new(), anchors: HashMap::new(), aliased: 0, root: None };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::DocumentStart(_), _)) if builder.root.is_some() => {
                let message = "the file holds more than one YAML document, only the first is read".to_owned();
                report.warning(None, String::new(), message);
                break;
            }
            Ok((event, span)) => builder.handle(event, &span)?,
            Err(error) => {
                let mark = error.marker();
                let position = Position { line: mark.line(), column: mark.col() + 1 };
                report.problem(Some(position), String::new(), format!("yaml: {}", error.info()), None);
                return None;
            }
        }
    }
    Some(builder.root.unwrap_or_else(|| Node::null(Position::START)))
}

/// A collection that is still open, with the key that waits for its value.
struct Open {
    anchor: usize,
    position: Position,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, merges: Vec<Node>, key: Option<Key> },
}

enum Key {
    Field(String, Position),
    Merge,
    /// Reported; its value is read and forgotten.
    Refused,
}

struct Builder<'r> {
    report: &'r Report,
    stack: Vec<Open>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    /// Takes the next event. Returns `None` if reading must end.
    fn handle(&mut self, event: Event<'_>, span: &Span) -> Option<()> {
        let position = Position { line: span.start.line(), column: span.start.col() + 1 };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = match tag.as_deref().and_then(core_tag) {
                    Some("binary") => {
                        self.fail(position, "yaml: binary values are not supported".to_owned());
                        false
                    }
                    Some("str") => false,
                    Some(_other) => true,
                    None => style == ScalarStyle::Plain,
                };
                let node = Node { position, kind: Kind::Scalar(Scalar { text: text.into_owned(), plain }) };
                self.finish(node, anchor, style == ScalarStyle::Plain)
            }
            Event::SequenceStart(anchor, _) => self.open(anchor, position, Content::Sequence(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let content = Content::Mapping { entries: Vec::new(), merges: Vec::new(), key: None };
                self.open(anchor, position, content)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.stack.pop() else { return Some(()) };
                let kind = match open.content {
                    Content::Sequence(items) => Kind::Sequence(items),
                    Content::Mapping { entries, merges, key: _ } => {
                        Kind::Mapping(self.merge(entries, merges))
                    }
                };
                self.finish(Node { position: open.position, kind }, open.anchor, false)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    self.fail(position, "yaml: an anchor contains itself".to_owned());
                    return None;
                };
                self.aliased += size(&node);
                if self.aliased > ALIASED_NODES_MAX {
                    let message = format!("yaml: aliases stand for more than {ALIASED_NODES_MAX} values");
                    self.fail(position, message);
                    return None;
                }
                self.finish(node, 0, false)
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Some(()),
        }
    }

    fn open(&mut self, anchor: usize, position: Position, content: Content) -> Option<()> {
        if self.stack.len() >= DEPTH_MAX {
            self.fail(position, format!("yaml: nested deeper than {DEPTH_MAX} levels"));
            return None;
        }
        self.stack.push(Open { anchor, position, content });
        Some(())
    }

    /// Puts a finished node where it belongs.
    fn finish(&mut self, node: Node, anchor: usize, may_merge: bool) -> Option<()> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return Some(());
        };
        match &mut open.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping { entries, merges, key } => match key.take() {
                None => *key = Some(read_key(node, may_merge, self.report)),
                Some(Key::Merge) => merges.push(node),
                Some(Key::Refused) => {}
                Some(Key::Field(name, position)) => entries.push(Entry { key: name, position, value: node }),
            },
        }
        Some(())
    }

    /// Checks for duplicates and adds what `<<` brings: keys that are not there yet, earlier merges first.
    fn merge(&self, mut entries: Vec<Entry>, merges: Vec<Node>) -> Vec<Entry> {
        let mut seen: HashSet<String> = HashSet::new();
        entries.retain(|e| {
            let new = seen.insert(e.key.clone());
            if !new {
                self.fail(e.position, format!("key {:?} is set more than once", e.key));
            }
            new
        });
        let mut pending = merges;
        pending.reverse();
        while let Some(node) = pending.pop() {
            match node.kind {
                Kind::Mapping(more) => {
                    entries.extend(more.into_iter().filter(|e| seen.insert(e.key.clone())));
                }
                Kind::Sequence(items) if items.iter().all(|i| matches!(i.kind, Kind::Mapping(_))) => {
                    pending.extend(items.into_iter().rev());
                }
                Kind::Sequence(_) | Kind::Scalar(_) => {
                    let message =
                        "map merge requires a mapping or a list of mappings as the value".to_owned();
                    self.fail(node.position, message);
                }
            }
        }
        entries
    }

    fn fail(&self, position: Position, message: String) {
        self.report.problem(Some(position), String::new(), message, None);
    }
}

fn read_key(node: Node, may_merge: bool, report: &Report) -> Key {
    match node.kind {
        Kind::Scalar(s) if may_merge && s.text == "<<" => Key::Merge,
        Kind::Scalar(s) => Key::Field(s.text, node.position),
        Kind::Sequence(_) | Kind::Mapping(_) => {
            let message = "a key must be a single value, not a list or a mapping".to_owned();
            report.problem(Some(node.position), String::new(), message, None);
            Key::Refused
        }
    }
}

fn core_tag(tag: &Tag) -> Option<&str> {
    tag.is_yaml_core_schema().then_some(tag.suffix.as_str())
}

fn size(node: &Node) -> usize {
    match &node.kind {
        Kind::Scalar(_) => 1,
        Kind::Sequence(items) => 1 + items.iter().map(size).sum::<usize>(),
        Kind::Mapping(entries) => 1 + entries.iter().map(|e| 1 + size(&e.value)).sum::<usize>(),
    }
}

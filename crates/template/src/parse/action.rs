//! Texts and actions: definitions, branches, loops.

use model::number::quote;

use super::{Parser, Result1, is_empty};
use crate::ast::{Branches, List, Node, NodeKind};
use crate::lex::Kind;

/// What ends a list.
enum Stop {
    End,
    /// The token behind `else`, if that is `if` or `with`.
    Else(Option<Kind>),
}

impl Stop {
    fn describe(&self) -> &'static str {
        match self {
            Stop::End => "{{end}}",
            Stop::Else(_) => "{{else}}",
        }
    }
}

enum Item {
    Node(Node),
    Stop(Stop),
}

impl Parser<'_> {
    pub(super) fn top_level(&mut self) -> Result1<List> {
        let mut root = List::new();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::LeftDelim {
                let before = self.next;
                self.token();
                if self.next_non_space().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.next = before;
            }
            match self.text_or_action()? {
                Item::Node(node) => root.push(node),
                Item::Stop(stop) => return self.complain(format!("unexpected {}", stop.describe())),
            }
        }
        Ok(root)
    }

    /// `{{define "name"}} … {{end}}`, `define` being read.
    fn definition(&mut self) -> Result1<()> {
        let token = self.next_non_space();
        let name = self.string(&token, "define clause")?;
        self.expect(Kind::RightDelim, "define clause")?;
        self.body_of(name, "define clause")
    }

    /// Reads the body of a named template, which sees no variables but its own, up to its `{{end}}`.
    fn body_of(&mut self, name: String, context: &str) -> Result1<()> {
        let outer = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let (body, stop) = self.nested(Self::list)?;
        if !matches!(stop, Stop::End) {
            return self.complain(format!("unexpected {} in {context}", stop.describe()));
        }
        self.variables = outer;
        self.ranges = ranges;
        match self.definitions.iter_mut().find(|(known, _)| *known == name) {
            Some(known) if is_empty(&known.1) => known.1 = body,
            Some(_) if is_empty(&body) => {}
            Some(_) => {
                let message = format!("template: multiple definition of template {}", quote(&name));
                return self.complain(message);
            }
            None => self.definitions.push((name, body)),
        }
        Ok(())
    }

    /// Reads up to `{{end}}` or `{{else}}`.
    fn list(&mut self) -> Result1<(List, Stop)> {
        let mut list = List::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::Stop(stop) => return Ok((list, stop)),
            }
        }
        self.complain("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Result1<Item> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node { pos: token.pos, kind: NodeKind::Text(token.text) })),
            Kind::LeftDelim => {
                self.action_line = Some(token.line);
                let item = self.action();
                self.action_line = None;
                item
            }
            _others => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Result1<Item> {
        let before = self.next;
        let token = self.next_non_space();
        // Go places `template` and `block` at the name, and what has a pipeline at that.
        let pos = match token.kind {
            Kind::Break | Kind::Continue => token.pos,
            _others => self.peek_non_space().pos,
        };
        let kind = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.jump("{{break}}", NodeKind::Break)?,
            Kind::Continue => self.jump("{{continue}}", NodeKind::Continue)?,
            Kind::Else => return self.else_control().map(Item::Stop),
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::Stop(Stop::End));
            }
            Kind::If => NodeKind::If(self.nested(|p| p.branches("if", Kind::If))?),
            Kind::With => NodeKind::With(self.nested(|p| p.branches("with", Kind::With))?),
            Kind::Range => self.nested(Self::range)?,
            Kind::Template => self.template()?,
            _others => {
                self.next = before;
                let first = self.peek_non_space().pos;
                let pipe = self.pipeline("command", Kind::RightDelim)?;
                return Ok(Item::Node(Node { pos: first, kind: NodeKind::Action(pipe) }));
            }
        };
        Ok(Item::Node(Node { pos, kind }))
    }

    fn jump(&mut self, word: &str, kind: NodeKind) -> Result1<NodeKind> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return self.unexpected(&token, word);
        }
        if self.ranges == 0 {
            return self.complain(format!("{word} outside {{{{range}}}}"));
        }
        Ok(kind)
    }

    /// `else` is read; an `if` or `with` behind it stays to be read.
    fn else_control(&mut self) -> Result1<Stop> {
        let token = self.peek_non_space();
        if matches!(token.kind, Kind::If | Kind::With) {
            return Ok(Stop::Else(Some(token.kind)));
        }
        self.expect(Kind::RightDelim, "else")?;
        Ok(Stop::Else(None))
    }

    /// `if` or `with`, with what `else` follows.
    fn branches(&mut self, word: &str, kind: Kind) -> Result1<Branches> {
        let mark = self.variables.len();
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let pipe = self.pipeline(word, Kind::RightDelim)?;
            let (body, stop) = self.list()?;
            branches.push((pipe, body));
            match stop {
                Stop::End => break,
                Stop::Else(Some(next)) if next == kind => {
                    self.token();
                }
                Stop::Else(Some(_)) => {
                    let token = self.peek();
                    return self.unexpected(&token, "else");
                }
                Stop::Else(None) => {
                    otherwise = Some(self.last_list()?);
                    break;
                }
            }
        }
        self.variables.truncate(mark);
        Ok(Branches { branches, otherwise })
    }

    /// Reads what stands between a lone `{{else}}` and `{{end}}`.
    fn last_list(&mut self) -> Result1<List> {
        let (list, stop) = self.list()?;
        match stop {
            Stop::End => Ok(list),
            Stop::Else(_) => self.complain(format!("expected end; found {}", stop.describe())),
        }
    }

    fn range(&mut self) -> Result1<NodeKind> {
        let mark = self.variables.len();
        let pipe = self.pipeline("range", Kind::RightDelim)?;
        self.ranges += 1;
        let (body, stop) = self.list()?;
        self.ranges -= 1;
        let otherwise = match stop {
            Stop::End => None,
            Stop::Else(None) => Some(self.last_list()?),
            Stop::Else(Some(_)) => {
                let token = self.peek();
                return self.unexpected(&token, "else");
            }
        };
        self.variables.truncate(mark);
        Ok(NodeKind::Range { pipe, body, otherwise })
    }

    fn block(&mut self) -> Result1<NodeKind> {
        let token = self.next_non_space();
        let name = self.string(&token, "block clause")?;
        let pipe = self.pipeline("block clause", Kind::RightDelim)?;
        self.body_of(name.clone(), "block clause")?;
        Ok(NodeKind::Template { name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Result1<NodeKind> {
        let token = self.next_non_space();
        let name = self.string(&token, "template clause")?;
        let before = self.next;
        if self.next_non_space().kind == Kind::RightDelim {
            return Ok(NodeKind::Template { name, pipe: None });
        }
        self.next = before;
        let pipe = self.pipeline("template clause", Kind::RightDelim)?;
        Ok(NodeKind::Template { name, pipe: Some(pipe) })
    }
}

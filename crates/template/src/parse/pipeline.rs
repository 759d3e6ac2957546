//! Pipelines: declarations, commands, and the terms in them.

use model::number::quote;

use super::number::number;
use super::{Parser, Result1};
use crate::ast::{Arg, ArgKind, Command, Pipe};
use crate::lex::Kind;

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result1<Pipe> {
        let pos = self.peek_non_space().pos;
        let mut pipe = Pipe { pos, assign: false, variables: Vec::new(), commands: Vec::new() };
        self.declarations(context, &mut pipe)?;
        loop {
            let before = self.next;
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => {
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.next = before;
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _others => return self.unexpected(&token, context),
            }
        }
    }

    /// `$x :=`, `$x =`, and for ranges `$i, $x :=`.
    fn declarations(&mut self, context: &str, pipe: &mut Pipe) -> Result1<()> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            let before = self.next;
            self.token();
            let next = self.peek_non_space();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assign = next.kind == Kind::Assign;
                    self.token();
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    return Ok(());
                }
                Kind::Char if next.text == "," => {
                    self.token();
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    if context != "range" || pipe.variables.len() >= 2 {
                        return self.complain(format!("too many declarations in {context}"));
                    }
                    match self.peek_non_space().kind {
                        Kind::Variable | Kind::RightDelim | Kind::RightParen => {}
                        _others => return self.complain("range can only initialize variables"),
                    }
                }
                _others => {
                    self.next = before;
                    return Ok(());
                }
            }
        }
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Result1<()> {
        if pipe.commands.is_empty() {
            return self.complain(format!("missing value for {context}"));
        }
        for (i, command) in pipe.commands.iter().enumerate().skip(1) {
            let first = command.args.first().map(|arg| &arg.kind);
            if let Some(
                ArgKind::Bool(_) | ArgKind::Dot | ArgKind::Nil | ArgKind::Number(_) | ArgKind::String { .. },
            ) = first
            {
                return self.complain(format!("non executable command in pipeline stage {}", i + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result1<Command> {
        let pos = self.peek_non_space().pos;
        let mut command = Command { pos, args: Vec::new() };
        loop {
            self.peek_non_space();
            command.args.extend(self.operand()?);
            let before = self.next;
            let token = self.token();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.next = before,
                Kind::Pipe => {}
                _others => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if command.args.is_empty() {
            return self.complain("empty command");
        }
        Ok(command)
    }

    /// A term and the fields behind it; `None` if none stands here.
    fn operand(&mut self) -> Result1<Option<Arg>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(term));
        }
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(field_name(&self.token().text));
        }
        let kind = match term.kind {
            ArgKind::Field(mut names) => {
                names.extend(fields);
                ArgKind::Field(names)
            }
            ArgKind::Variable(mut names) => {
                names.extend(fields);
                ArgKind::Variable(names)
            }
            ArgKind::Bool(_) | ArgKind::String { .. } | ArgKind::Number(_) | ArgKind::Nil | ArgKind::Dot => {
                let text = quote(&term.to_string());
                return self.complain(format!("unexpected . after term {text}"));
            }
            ArgKind::Identifier(_) | ArgKind::Chain(..) | ArgKind::Pipe(_) => {
                ArgKind::Chain(Box::new(term), fields)
            }
        };
        Ok(Some(Arg { pos: first.pos, kind }))
    }

    fn term(&mut self) -> Result1<Option<Arg>> {
        let before = self.next;
        let token = self.next_non_space();
        let kind = match token.kind {
            Kind::Identifier => {
                if !(self.is_function)(&token.text) {
                    return self.complain(format!("function {} not defined", quote(&token.text)));
                }
                ArgKind::Identifier(token.text)
            }
            Kind::Dot => ArgKind::Dot,
            Kind::Nil => ArgKind::Nil,
            Kind::Variable => {
                if !self.variables.contains(&token.text) {
                    return self.complain(format!("undefined variable {}", quote(&token.text)));
                }
                ArgKind::Variable(vec![token.text])
            }
            Kind::Field => ArgKind::Field(vec![field_name(&token.text)]),
            Kind::Bool => ArgKind::Bool(token.text == "true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => match number(&token) {
                Ok(number) => ArgKind::Number(number),
                Err(message) => return self.complain(message),
            },
            Kind::LeftParen => {
                let pipe = self.nested(|p| p.pipeline("parenthesized pipeline", Kind::RightParen))?;
                // As Go's pipelines, it stands where its first word does.
                return Ok(Some(Arg { pos: pipe.pos, kind: ArgKind::Pipe(Box::new(pipe)) }));
            }
            Kind::String | Kind::RawString => {
                let text = self.string(&token, "operand")?;
                ArgKind::String { quoted: token.text, text }
            }
            _others => {
                self.next = before;
                return Ok(None);
            }
        };
        Ok(Some(Arg { pos: token.pos, kind }))
    }
}

fn field_name(text: &str) -> String {
    text.trim_start_matches('.').to_owned()
}

use super::*;
use crate::ast::AggregateOp;

fn tokens(mut lexer: Lexer<'_>, text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    loop {
        let token = lexer.next_token();
        match token.kind {
            TokenKind::End => return out.join(" "),
            TokenKind::Error => {
                out.push(format!("error@{}: {}", token.start, lexer.error()));
                return out.join(" ");
            }
            TokenKind::Space => out.push("_".to_owned()),
            TokenKind::Binary(op) => out.push(format!("op:{}", op.as_str())),
            kind => out.push(format!("{kind:?}:{}", &text[token.start as usize..token.end as usize])),
        }
    }
}

fn check(text: &str, want: &str) {
    assert_eq!(tokens(Lexer::new(text), text), want, "{text}");
}

#[test]
fn words_mean_more_than_names_only_outside_braces() {
    check("sum", "Aggregate(Sum):sum");
    check("SUM", "Aggregate(Sum):SUM");
    check("{sum,by}", "LeftBrace:{ Identifier:sum Comma:, Identifier:by RightBrace:}");
    check("a:b", "MetricIdentifier:a:b");
    check(":", "MetricIdentifier::");
    check("Inf nan", "Number:Inf Number:nan");
    check("fill fill(", "Identifier:fill Keyword(Fill):fill LeftParen:( error@10: unclosed left parenthesis");
    check("fill \n (1)", "Keyword(Fill):fill LeftParen:( Number:1 RightParen:)");
    assert_eq!(token::word("Limit_Ratio"), Some(TokenKind::Aggregate(AggregateOp::LimitRatio)));
}

#[test]
fn operators_take_the_longest_reading() {
    check("<=<</>=>>/", "op:<= op:< op:</ op:>= op:> op:>/");
    check("==!==", "op:== op:!= Assign:=");
    check("{=~!~!==}", "LeftBrace:{ MatchRegex:=~ NotRegex:!~ op:!= Assign:= RightBrace:}");
}

#[test]
fn numbers_and_durations() {
    for (text, want) in [
        ("1 .5 1e-3", "Number:1 Number:.5 Number:1e-3"),
        ("5m 1h30m 10ms", "Duration:5m Duration:1h30m Duration:10ms"),
        ("0x1f", "Number:0x1f"),
        ("1_000", "Number:1_000"),
        ("1..2", "error@0: bad number or duration syntax: \"1..\""),
        ("5mm", "error@0: bad number or duration syntax: \"5mm\""),
        ("1x", "error@0: bad number or duration syntax: \"1\""),
        (".", "error@0: unexpected character: '.'"),
    ] {
        check(text, want);
    }
}

#[test]
fn brackets_hold_durations_only() {
    check("[5m:1m]", "LeftBracket:[ Duration:5m Colon:: Duration:1m RightBracket:]");
    check("[ step() ]", "LeftBracket:[ Keyword(Step):step LeftParen:( RightParen:) RightBracket:]");
    check("[foo]", "LeftBracket:[ error@1: unexpected character in duration expression: 'f'");
    check("[5m x", "LeftBracket:[ Duration:5m error@4: unexpected character: 'x', expected ':'");
    check("[5m", "LeftBracket:[ Duration:5m error@3: unclosed left bracket");
    check("[[", "LeftBracket:[ error@1: unexpected character in duration expression: '['");
}

#[test]
fn strings_and_comments() {
    check("\"a\\\"b\" 'c' `d\\`", "String:\"a\\\"b\" String:'c' String:`d\\`");
    check("a # b\n c", "Identifier:a Identifier:c");
    check("\"\\z\"", "error@0: unknown escape sequence U+007A 'z'");
    check("\"\\xzz\"", "error@0: illegal character U+007A 'z' in escape sequence");
    check("'a", "error@0: unterminated quoted string");
    check("\"\u{fffd}\"", "error@0: invalid UTF-8 rune");
    check("π", "error@0: unexpected character: 'π'");
}

#[test]
fn series_descriptions() {
    for (text, want) in [
        ("m 1 _x2", "Identifier:m _ Number:1 _ Blank:_ Times:x Number:2"),
        ("m 0+5x3", "Identifier:m _ Number:0 op:+ Number:5 Times:x Number:3"),
        ("m{} stale", "Identifier:m LeftBrace:{ RightBrace:} _ Identifier:stale"),
        (
            "m {{schema:-1 buckets:[1 inf]}}x2",
            "Identifier:m _ OpenHistogram:{{ HistogramKey:schema Colon:: op:- Number:1 _ HistogramKey:buckets Colon:: \
             LeftBracket:[ Number:1 _ Number:inf RightBracket:] CloseHistogram:}} Times:x Number:2",
        ),
        ("m {{sum}}", "Identifier:m _ OpenHistogram:{{ error@4: missing `:` for histogram descriptor"),
        ("m {{foo:1}}", "Identifier:m _ OpenHistogram:{{ error@4: bad histogram descriptor found: \"foo\""),
        ("m ?", "Identifier:m _ error@2: unexpected character in series sequence: '?'"),
    ] {
        assert_eq!(tokens(Lexer::series_description(text), text), want, "{text}");
    }
}

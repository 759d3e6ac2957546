//! What a server must say about its answer.

/// Tells whether a content type is JSON in UTF-8: `application/json`, perhaps with `charset=utf-8`, in any case.
pub(super) fn is_json(content_type: &str) -> bool {
    let lower = content_type.to_ascii_lowercase();
    match lower.split_once(';') {
        None => lower == "application/json",
        Some((kind, parameter)) => {
            let charset = parameter.trim_start();
            kind == "application/json" && matches!(charset, "charset=utf-8" | "charset=\"utf-8\"")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn json_only() {
        for (content_type, want) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json;charset=\"utf-8\"", true),
            ("application/json; charset=iso-8859-1", false),
            ("application/jsonx", false),
            ("text/html; charset=utf-8", false),
            ("", false),
        ] {
            assert_eq!(is_json(content_type), want, "{content_type}");
        }
    }
}
